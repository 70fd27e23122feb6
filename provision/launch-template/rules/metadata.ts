import type { MetadataOptions } from "../data.ts";
import { SOURCE, type TemplateRule, template } from "./shape.ts";

/** Rules on the metadata service, which hands out the credentials of the instance. */

const SAFE: MetadataOptions = {
  HttpTokens: "required",
  HttpPutResponseHopLimit: 1,
  HttpEndpoint: "enabled",
  HttpProtocolIpv6: "disabled",
  InstanceMetadataTags: "disabled",
};

/** Containers sit one hop further away. */
const CONTAINER_HOPS = 2;
const MOST_HOPS = 64;

const withMetadata = (fields: MetadataOptions) => template({ MetadataOptions: { ...SAFE, ...fields } });

const without = (name: keyof MetadataOptions) => {
  const { [name]: _, ...rest } = SAFE;
  return template({ MetadataOptions: rest });
};

export const METADATA_RULES: readonly TemplateRule[] = [
  {
    id: "LT06",
    severity: "error",
    title: "metadata without a token",
    why: "Without tokens, one forged request that the host makes for somebody hands out its credentials.",
    sources: [SOURCE.metadata, SOURCE.imds],
    *check({ data: { MetadataOptions } }) {
      const tokens = MetadataOptions?.HttpTokens;
      if (tokens === "required") return;
      const is = tokens === undefined ? "is not set" : `is ${tokens}`;
      yield { field: "MetadataOptions.HttpTokens", message: `${is}. Set it to required.` };
    },
    examples: {
      pass: [template()],
      fail: [
        withMetadata({ HttpTokens: "optional" }),
        without("HttpTokens"),
        template({ MetadataOptions: undefined }),
      ],
    },
  },
  {
    id: "LT07",
    severity: "warning",
    title: "metadata within reach of more than the host",
    why: "Each hop more lets a container or a proxy on the host fetch the credentials of the host.",
    sources: [SOURCE.metadata, SOURCE.imds],
    *check({ data: { MetadataOptions } }) {
      const field = "MetadataOptions.HttpPutResponseHopLimit";
      const hops = MetadataOptions?.HttpPutResponseHopLimit;
      if (hops === 1) return;
      if (hops === undefined) yield { field, message: "is not set. Set it to 1." };
      else if (!Number.isInteger(hops) || hops < 1 || hops > MOST_HOPS)
        yield { field, severity: "error", message: `is ${hops}. Set it to a whole number from 1 to 64.` };
      else if (hops === CONTAINER_HOPS)
        yield {
          field,
          severity: "info",
          message: "is 2, which only containers need. Set it to 1 without them.",
        };
      else yield { field, message: `is ${hops}. Set it to 1, or to 2 if containers need the metadata.` };
    },
    examples: {
      pass: [template()],
      fail: [0, 2, 3, 65]
        .map((hops) => withMetadata({ HttpPutResponseHopLimit: hops }))
        .concat(without("HttpPutResponseHopLimit")),
    },
  },
  {
    id: "LT08",
    severity: "info",
    title: "metadata options left to the account",
    why: "What a template does not say comes from defaults that differ between accounts and Regions.",
    sources: [SOURCE.metadata, SOURCE.imds],
    *check({ data: { MetadataOptions = {} } }) {
      for (const name of ["HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags"] as const) {
        const given = MetadataOptions[name];
        if (given === SAFE[name]) continue;
        const is = given === undefined ? "is not set" : `is ${given}`;
        const field = `MetadataOptions.${name}`;
        yield { field, message: `${is}. Set it to ${SAFE[name]} unless something here needs otherwise.` };
      }
    },
    examples: {
      pass: [template()],
      fail: [
        withMetadata({ HttpEndpoint: "disabled" }),
        without("HttpProtocolIpv6"),
        withMetadata({ InstanceMetadataTags: "enabled" }),
      ],
    },
  },
];

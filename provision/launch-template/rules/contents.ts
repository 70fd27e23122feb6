import { Buffer } from "node:buffer";
import { LIMIT_BYTES } from "../../user-data/size.ts";
import { fromBase64 } from "../../user-data/unwrap.ts";
import type { InstanceRequirements } from "../data.ts";
import { base64, SOURCE, type TemplateHit, type TemplateRule, template } from "./shape.ts";

/** Rules on the name, and on what runs: the image, the kind of instance and the user data. */

const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/;

/** Line ends are not counted, as EC2 does not mind them. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const REQUIRED = { VCpuCount: { Min: 2 }, MemoryMiB: { Min: 4096 } } as const;

const requiring = (InstanceRequirements: unknown) =>
  template({ InstanceType: undefined, InstanceRequirements });

function* rangeOf(
  requirements: InstanceRequirements,
  name: "VCpuCount" | "MemoryMiB",
): Generator<TemplateHit> {
  const { Min, Max } = requirements[name] ?? {};
  const field = `InstanceRequirements.${name}`;
  if (Min === undefined)
    yield { field: `${field}.Min`, message: "is not set. Set it; 0 stands for no minimum." };
  else if (Max !== undefined && Max < Min)
    yield { field: `${field}.Max`, message: `is less than the Min of ${Min}. Raise it, or lower Min.` };
}

export const CONTENT_RULES: readonly TemplateRule[] = [
  {
    id: "LT01",
    severity: "error",
    title: "name that EC2 refuses",
    why: "A name has 3 to 128 letters, digits and `().-/_`.",
    sources: ["https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html"],
    *check({ name }) {
      if (!NAME.test(name))
        yield { field: "name", message: "is not valid. Use 3 to 128 letters, digits and ().-/_ only." };
    },
    examples: {
      pass: [template(), template({}, "team/web(blue).v-1_x")],
      fail: ["ab", "a".repeat(129), "my template", "web\n", "wéb"].map((name) => template({}, name)),
    },
  },
  {
    id: "LT02",
    severity: "warning",
    title: "image that is no id",
    why: "A parameter can change under a running group, and an instance refresh cannot roll back to it.",
    sources: [SOURCE.refresh],
    *check({ data: { ImageId } }) {
      const field = "ImageId";
      if (ImageId === undefined) yield { field, message: "is not set. Set it to the id of an image." };
      else if (ImageId.startsWith("resolve:ssm:"))
        yield { field, message: "is a parameter. Look it up, and set the id of the image." };
      else if (!ImageId.startsWith("ami-"))
        yield {
          field,
          message: `is "${ImageId}", which is no id. Set it to an id such as ami-0123456789abcdef0.`,
        };
    },
    examples: {
      pass: [template()],
      fail: [
        template({ ImageId: undefined }),
        template({ ImageId: "resolve:ssm:/images/web" }),
        template({ ImageId: "al2023" }),
      ],
    },
  },
  {
    id: "LT03",
    severity: "error",
    title: "type and requirements at once",
    why: "EC2 takes either the type of the instance or requirements that choose it.",
    sources: [SOURCE.data],
    *check({ data: { InstanceType, InstanceRequirements } }) {
      if (InstanceType !== undefined && InstanceRequirements !== undefined)
        yield { field: "InstanceRequirements", message: "excludes InstanceType. Remove one of the two." };
    },
    examples: {
      pass: [template(), requiring(REQUIRED)],
      fail: [template({ InstanceRequirements: REQUIRED })],
    },
  },
  {
    id: "LT04",
    severity: "error",
    title: "requirements without processors or memory",
    why: "VCpuCount and MemoryMiB are mandatory; the API refuses requirements without them.",
    sources: [SOURCE.requirements],
    *check({ data: { InstanceRequirements } }) {
      if (InstanceRequirements === undefined) return;
      yield* rangeOf(InstanceRequirements, "VCpuCount");
      yield* rangeOf(InstanceRequirements, "MemoryMiB");
    },
    examples: {
      pass: [template(), requiring(REQUIRED), requiring({ VCpuCount: { Min: 0 }, MemoryMiB: { Min: 0 } })],
      fail: [
        requiring({}),
        requiring({ VCpuCount: { Min: 2 } }),
        requiring({ ...REQUIRED, MemoryMiB: { Max: 4096 } }),
        requiring({ ...REQUIRED, VCpuCount: { Min: 4, Max: 2 } }),
      ],
    },
  },
  {
    id: "LT05",
    severity: "error",
    title: "user data that does not arrive",
    why: "EC2 takes one base64 off, and no more than 16,384 bytes inside it.",
    sources: [SOURCE.data, SOURCE.userData],
    *check({ data: { UserData } }) {
      const field = "UserData";
      const digits = UserData?.replace(/\s+/g, "");
      if (digits === undefined) return;
      if (!BASE64.test(digits)) {
        yield { field, message: "is not base64. Encode it once." };
        return;
      }
      const bytes = new Uint8Array(Buffer.from(digits, "base64"));
      if (fromBase64(bytes) !== undefined)
        yield { field, message: "is base64 more than once. Encode it once." };
      if (bytes.length > LIMIT_BYTES) {
        const over = (bytes.length - LIMIT_BYTES).toLocaleString("en-US");
        const message = `has ${over} bytes more than the 16,384 that EC2 takes. Compress it, or fetch a part from S3.`;
        yield { field, message };
      }
    },
    examples: {
      pass: [
        template(),
        template({ UserData: undefined }),
        template({ UserData: base64("#".repeat(16_384)) }),
      ],
      fail: [
        template({ UserData: "#!/bin/bash\ntrue\n" }),
        template({ UserData: "abcde" }),
        template({ UserData: base64(base64("#!/bin/bash\ntrue\n")) }),
        template({ UserData: base64("#".repeat(16_385)) }),
      ],
    },
  },
];

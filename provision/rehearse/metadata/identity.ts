import { Buffer } from "node:buffer";
import type { Instance } from "./instance.ts";
import { jsonText } from "./json-text.ts";
import { isoSeconds } from "./times.ts";
import type { Entry } from "./tree.ts";

/** The version of the form of the document. */
const FORM = "2017-09-30";

/**
 * Nobody but AWS can sign for AWS. So that programs which only pass a signature on can do so, there is a text in
 * base64 in its place; whoever checks it finds that it is none, as they should.
 */
const NOT_SIGNED = Buffer.from("No signature of AWS: this instance is rehearsed.").toString("base64");

/** `dynamic/` */
export const dynamicData = (instance: Instance): readonly Entry[] => [
  { name: "fws", content: [{ name: "instance-monitoring", content: "disabled" }] },
  {
    name: "instance-identity",
    content: [
      { name: "document", content: identityDocument(instance) },
      { name: "pkcs7", content: NOT_SIGNED },
      { name: "rsa2048", content: NOT_SIGNED },
      { name: "signature", content: NOT_SIGNED },
    ],
  },
];

const identityDocument = (instance: Instance): string =>
  jsonText({
    accountId: instance.account,
    architecture: instance.architecture,
    availabilityZone: instance.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.imageId,
    instanceId: instance.id,
    instanceType: instance.type,
    kernelId: null,
    pendingTime: isoSeconds(instance.launchedAt),
    privateIp: instance.network.address,
    ramdiskId: null,
    region: instance.region,
    version: FORM,
  });

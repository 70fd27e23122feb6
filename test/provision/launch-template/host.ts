import { parseHost } from "../../../provision/host/load.ts";
import type { ResolvedImage } from "../../../provision/launch-template/base-image.ts";
import type { Template } from "../../../provision/launch-template/data.ts";
import { templateOf } from "../../../provision/launch-template/template.ts";

export const IMAGE: ResolvedImage = {
  id: "ami-0123456789abcdef0",
  name: "al2023-ami-2023.9",
  owner: "137112412989",
  architecture: "x86_64",
  root_device: "/dev/xvda",
  root_size_gib: 8,
  by: "al2023",
};

export const HOST = `name: web
launch:
  image: al2023
  instance_type: t3.small
  security_group_ids: [sg-0123456789abcdef0]
  instance_profile: web
`;

/** The template of a host with the keys that are given beside those of {@link HOST}. */
export const template = (more = "", userData?: string): Template => {
  const { host, problems } = parseHost(`${HOST}${more}`, "host.yaml");
  if (host?.launch === undefined) throw new Error(JSON.stringify(problems));
  const bytes = userData === undefined ? undefined : new TextEncoder().encode(userData);
  return templateOf({ ...host, launch: host.launch }, bytes, IMAGE);
};

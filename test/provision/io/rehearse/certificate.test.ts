import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../../../provision/io/rehearse/certificate.ts";
import { toolAvailable } from "../../../tools.ts";
import { newFolder } from "./other-process.ts";

const HOSTS = ["files.example", "downloads.example.com"];

describe.skipIf(!toolAvailable("openssl", "openssl"))("the certificate for what is served", () => {
  it("is none where nothing is served over https", async () => {
    const folder = newFolder();
    expect(await makeCertificate(folder, [])).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("holds for each of its names and for no other, and is nowhere on the disk", async () => {
    const folder = newFolder();
    const made = await makeCertificate(folder, HOSTS);
    expect(readdirSync(folder)).toEqual([]);
    const path = join(folder, "authority.pem");
    writeFileSync(path, made?.certificate ?? "");
    const verify = (host: string) =>
      spawnSync("openssl", ["verify", "-CAfile", path, "-verify_hostname", host, path], { encoding: "utf8" })
        .status;
    for (const host of HOSTS) expect(verify(host), host).toBe(0);
    for (const host of ["example.com", "other.example", "x.files.example"])
      expect(verify(host), host).not.toBe(0);
    expect(spawnSync("openssl", ["x509", "-in", path, "-noout", "-checkend", "86400"]).status).toBe(0);
    expect(spawnSync("openssl", ["x509", "-in", path, "-noout", "-checkend", "259200"]).status).toBe(1);
  });

  it("serves a client that trusts it", async () => {
    const made = await makeCertificate(newFolder(), HOSTS);
    const server = createServer({ key: made?.key, cert: made?.certificate });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const ask = async (servername: string): Promise<boolean> => {
      const socket = connect({ host: "127.0.0.1", port, servername, ca: made?.certificate });
      onTestFinished(() => void socket.destroy());
      await once(socket, "secureConnect");
      return socket.authorized;
    };
    expect(await ask("files.example")).toBe(true);
    await expect(ask("other.example")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  it("is another one each time", async () => {
    const [one, other] = [
      await makeCertificate(newFolder(), HOSTS),
      await makeCertificate(newFolder(), HOSTS),
    ];
    expect(one?.key).not.toBe(other?.key);
  });

  it("says what is wrong when it cannot be made", async () => {
    await expect(makeCertificate(join(newFolder(), "no"), HOSTS)).rejects.toMatchObject({
      code: "REHEARSAL_BROKEN",
      message: expect.stringMatching(/^The certificate for what is served could not be made: openssl/),
    });
  });
});

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWith, prepare, rehearsalsPermitted, rehearse } from "./rehearsal.ts";

/** An agent in a few lines: it keeps to the protocol, checks the signature, and runs the hooks that the bundle has. */
const AGENT = `#!/bin/bash
set -euo pipefail
region=us-east-1
T=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 600" http://169.254.169.254/latest/api/token)
id=$(curl -fsS -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/instance-id)
host=arn:aws:ec2:$region:123456789012:instance/$id
say() {
  curl -sS --max-time 80 "https://codedeploy-commands.$region.amazonaws.com/" \\
    -H "Content-Type: application/x-amz-json-1.1" -H "X-Amz-Target: CodeDeployCommandService_v20141006.$1" \\
    -H "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/$region/codedeploy-commands/aws4_request, SignedHeaders=host, Signature=0" \\
    -d "$2"
}
work=/opt/agent
mkdir -p $work
while true; do
  command=$(say PollHostCommand "{\\"HostIdentifier\\":\\"$host\\"}")
  name=$(jq -r '.HostCommand.CommandName // empty' <<<"$command")
  [ -n "$name" ] || continue
  execution=$(jq -r .HostCommand.DeploymentExecutionId <<<"$command")
  this=$(jq -r .HostCommand.HostCommandIdentifier <<<"$command")
  say GetDeploymentSpecification "{\\"HostIdentifier\\":\\"$host\\",\\"DeploymentExecutionId\\":\\"$execution\\"}" |
    jq -r .DeploymentSpecification.GenericEnvelope.Payload >$work/spec.pem
  openssl smime -verify -noverify -inform PEM -in $work/spec.pem -signer $work/signer.pem -out $work/spec.json 2>/dev/null
  openssl x509 -noout -subject -in $work/signer.pem | grep -q "codedeploy-signer-$region.amazonaws.com"
  noop=false
  case $name in ApplicationStop) noop=true ;; esac
  say PutHostCommandAcknowledgement "{\\"HostCommandIdentifier\\":\\"$this\\",\\"Diagnostics\\":{\\"Format\\":\\"JSON\\",\\"Payload\\":\\"{\\\\\\"IsCommandNoop\\\\\\":$noop}\\"}}" >/dev/null
  [ $noop = false ] || continue
  status=Succeeded code=0
  case $name in
    DownloadBundle)
      bucket=$(jq -r .Revision.S3Revision.Bucket $work/spec.json)
      key=$(jq -r .Revision.S3Revision.Key $work/spec.json)
      curl -fsS "https://$bucket.s3.$region.amazonaws.com/$key" -o $work/bundle.tgz || status=Failed
      ;;
    Install) mkdir -p /srv/app && tar -xzf $work/bundle.tgz -C /srv/app || status=Failed ;;
    *) [ ! -x "/srv/app/$name.sh" ] || "/srv/app/$name.sh" >$work/log 2>&1 || status=Failed code=4 ;;
  esac
  payload=$(jq -n --arg log "$(cat $work/log 2>/dev/null || true)" --argjson code $code '{error_code: $code, script_name: "", message: "Script has ended with an error", log: $log} | tojson')
  say PutHostCommandComplete "{\\"HostCommandIdentifier\\":\\"$this\\",\\"CommandStatus\\":\\"$status\\",\\"Diagnostics\\":{\\"Format\\":\\"JSON\\",\\"Payload\\":$payload}}" >/dev/null
done
`;

const BOOT = `#!/bin/bash
set -euo pipefail
apt-get -o DPkg::Lock::Timeout=60 update
apt-get -o DPkg::Lock::Timeout=60 install -y --no-install-recommends jq openssl
cat >/usr/local/bin/agent <<'AGENT'
${AGENT}AGENT
chmod 755 /usr/local/bin/agent
systemd-run --unit=agent /usr/local/bin/agent
`;

const withBundle = (boot: string, hooks: Readonly<Record<string, string>>): string => {
  const folder = folderWith({ "boot.sh": boot });
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app", "index.html"), "hello\n");
  for (const [name, text] of Object.entries(hooks))
    writeFileSync(join(folder, "app", name), text, { mode: 0o755 });
  execFileSync("tar", ["-czf", join(folder, "app.tgz"), "-C", join(folder, "app"), "."]);
  return folder;
};

describe.skipIf(!rehearsalsPermitted)("a deployment of CodeDeploy, rehearsed", { timeout: 120_000 }, () => {
  beforeAll(prepare, 400_000);

  it("is given to the agent of the instance, command by command, with the bundle from S3", async () => {
    const folder = withBundle(BOOT, { "ApplicationStart.sh": "#!/bin/sh\ntouch /srv/app/started\n" });
    const { report, status, err } = await rehearse(folder, "boot.sh", "--deploy", "app.tgz", "--diff");
    expect(report.problems, err).toEqual([]);
    expect(status).toBe(0);
    expect(report.deployment?.commands.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "ApplicationStop succeeded",
      "DownloadBundle succeeded",
      "BeforeInstall succeeded",
      "Install succeeded",
      "AfterInstall succeeded",
      "ApplicationStart succeeded",
      "ValidateService succeeded",
    ]);
    expect(report.changes?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["/srv/app/index.html", "/srv/app/started"]),
    );
  });

  it("fails where a hook does, with what the hook has printed", async () => {
    const folder = withBundle(BOOT, { "AfterInstall.sh": "#!/bin/sh\necho no database here\nexit 3\n" });
    const { report, status } = await rehearse(folder, "boot.sh", "--deploy", "app.tgz");
    expect(status).toBe(1);
    expect(report.problems).toMatchObject([{ severity: "error", output: ["no database here"] }]);
    expect(report.problems[0]?.message).toMatch(
      /failed at AfterInstall: Script has ended with an error \(code 4\)/,
    );
    expect(report.deployment?.commands.at(-1)).toMatchObject({
      name: "ValidateService",
      state: "not_given_out",
    });
  });

  it("fails when no agent asks for it", async () => {
    const folder = withBundle("#!/bin/sh\ntrue\n", {});
    const { report } = await rehearse(folder, "boot.sh", "--deploy", "app.tgz", "--timeout", "15s");
    expect(report.problems[0]?.message).toMatch(/nobody has asked for the deployment within 15\.\d s/);
  });
});

#!/bin/bash
set -euo pipefail
# shellcheck disable=SC2154 # container_image and port are parameters of host.yaml

if command -v dnf >/dev/null; then
  dnf install -y docker
else
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends docker.io
fi
systemctl enable --now docker
docker pull "$container_image"
docker run --detach --restart always --name app --publish "$port:80" \
  --log-opt max-size=50m --log-opt max-file=3 "$container_image"

#!/bin/bash
set -euo pipefail
# shellcheck disable=SC2154 # container_image and port are parameters of host.yaml

dnf install -y docker
systemctl enable --now docker
docker pull "$container_image"
docker run --detach --restart always --name app --publish "$port:80" \
  --log-opt max-size=50m --log-opt max-file=3 "$container_image"

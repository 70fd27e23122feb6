#!/bin/bash
set -euo pipefail

install -d -m 0755 /etc/host
# shellcheck disable=SC2154 # a parameter of host.yaml
printf 'ENVIRONMENT=%s\n' "$environment" >/etc/host/environment

#!/bin/bash
set -euo pipefail
# shellcheck disable=SC2154 # queue_url and concurrency are parameters of host.yaml
export DEBIAN_FRONTEND=noninteractive

apt-get -o DPkg::Lock::Timeout=300 update
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends python3-boto3
useradd --system --create-home --home-dir /opt/worker worker
install -d -o worker -g worker /var/log/worker

cat >/etc/worker.env <<EOF
QUEUE_URL=$queue_url
CONCURRENCY=$concurrency
EOF
chmod 0600 /etc/worker.env

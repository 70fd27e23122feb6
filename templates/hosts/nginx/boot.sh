#!/bin/bash
set -euo pipefail

if command -v dnf >/dev/null; then
  dnf install -y nginx
else
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends nginx
fi
# The site that Debian brings would answer in place of this one.
rm -f /etc/nginx/sites-enabled/default
# shellcheck disable=SC2154 # a parameter of host.yaml
cat >/etc/nginx/conf.d/site.conf <<EOF
server {
  listen 80 default_server;
  server_name $server_name;
  root /usr/share/nginx/html;
}
EOF
nginx -t
systemctl enable --now nginx

#!/bin/bash
set -euo pipefail

dnf install -y nginx
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

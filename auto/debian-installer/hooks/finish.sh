#!/bin/sh
# The proof of success. finish-install runs only when every step before it succeeded; of its own scripts only unmounting,
# releasing the network address and the power-off are left now. The log's tail may be in the middle of a line.
sync
printf '\nglinda: installation finished\n' >/dev/ttyS1 2>/dev/null
exit 0

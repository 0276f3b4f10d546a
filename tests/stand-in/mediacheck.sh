# shellcheck shell=dash disable=SC2154  # medium: anaconda.sh, which sources this
# checkisomd5 of the drive in $medium: the sum in the primary volume descriptor's application use area (ECMA-119, 8.4.32) is that
# of the image with the area blanked, without the last SKIPSECTORS sectors. Source: isomd5sum's libcheckisomd5.c.
area=$((16 * 2048 + 883))
noted=$(dd if="$medium" bs=1 skip=$area count=512 2> /dev/null)
wanted=$(echo "$noted" | sed -n 's/.*ISO MD5SUM = \([0-9a-f]*\);.*/\1/p')
skipped=$(echo "$noted" | sed -n 's/.*SKIPSECTORS = \([0-9]*\);.*/\1/p')
sectors=$(dd if="$medium" bs=1 skip=$((16 * 2048 + 80)) count=4 2> /dev/null | od -An -t u4)
sum=$({
  dd if="$medium" bs=2048 count=16
  dd if="$medium" bs=2048 skip=16 count=1 | head -c 883
  printf '%512s' ''
  dd if="$medium" bs=2048 skip=16 count=1 | tail -c 653
  dd if="$medium" bs=2048 skip=17 count=$((sectors - 17 - ${skipped:-0}))
} 2> /dev/null | md5sum | sed 's/ .*//')
say "Press [Esc] to abort check."
if [ "$wanted" = "$sum" ]; then
  say "The media check is complete, the result is: PASS."
else
  say "The media check is complete, the result is: FAIL."
  say "It is not recommended to use this media."
  ask "System will halt in 12 hours"
fi

$o = {
  'locale' => { 'lang' => 'en_US', 'country' => 'US' },
  'autoExitInstall' => '1',
  'interactiveSteps' => [],
  'net' => { 'network' => { 'HOSTNAME' => 'img' } },
  'superuser' => {
    'realname' => 'root',
    'pw' => '$6$aa$bb/cc',
    'uid' => '0',
  },
  'partitions' => [ { 'mntpoint' => '/', 'fs_type' => 'ext4', 'size' => 1000, 'device' => 'vda1' } ],
  'default_packages' => [ 'basesystem-minimal', 'vim' ],
  'postInstall' => '
echo late > /root/late
echo "glinda: installation finished" > /dev/ttyS1
',
};

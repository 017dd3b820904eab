#!/bin/sh
# strict HTTP clients want their line ends
printf 'Content-Type: text/plain\r\nConnection: close\r\n\r\n'
echo "host $(hostname)"; echo "uptime $(cut -d' ' -f1 /proc/uptime)"
echo "cpus $(grep -c ^processor /proc/cpuinfo)"; echo "mem_kb $(awk '/MemTotal/{print $2}' /proc/meminfo)"
echo "boots $(cat /data/boots 2>/dev/null)"
while read -r a b n name; do case $name in vd*|sd*|sr*) echo "disk $name $n";; esac; done < /proc/partitions
ip -4 -o addr | awk '{print "addr",$2,$4}'

# The commands of the human monitor (HMP). scripts/hmp-gen.py turns this file into the prototypes of
# all handlers (monitor/hmp-commands.h) and the command tables.
#
# An entry is a section and its keys:
#
#   [NAME|ALIAS...]       or [TABLE NAME|ALIAS...] for a command of a sub-table
#   qmp = COMMAND         the QMP command that does or tells the same. Its help is the first sentence
#                         of what the schema says about that. Nothing else is needed: without `cmd`
#                         the entry forwards to it (below)
#   args = KEY:TYPE, ...  arguments in order (none: no such line). KEY is the key in the QDict that
#                         the handler is given
#   params = TEXT         the arguments as help shows them
#   help = TEXT           without `qmp`: what it does, one line; %% is a per cent sign
#   cmd = hmp_NAME        the handler: void coroutine_fn hmp_NAME(Hmp *hmp, const QDict *args)
#   table = yes           instead of cmd: a sub-table, listed when called without arguments
#   access = read         without `qmp`: it changes nothing; screen: it shows what is on the screen
#                         (as `access` in the schema)
#   preconfig = yes       without `qmp`: may be executed before the machine is built
#
# An entry that forwards runs the QMP command, with the checks that it has for everybody, and prints
# the error or, readably, what it returned. From the schema it takes
#
#   - the arguments: those that must be given, in order, then those that may be left out, less those
#     of a type that cannot be typed (lists, objects). str and enum are type s; one named file or
#     filename, or so at its end behind a `-`, is type F; integers are l; size takes a suffix too
#     (64k, 1.5G); bool is on or off;
#   - what Tab offers: file names, the values of an enum, on and off;
#   - params, from the arguments.
#
# `args` says which arguments, in which order, and how they are typed if not like this:
# MEMBER or MEMBER:TYPE, ... with a type of s F i l, or
#
#   -x    flag -x; of a str or enum: `-x TEXT`
#   @cpu  not typed: the session's CPU (the command `cpu`)
#
# Types of arguments of the others (a `?` after the type: may be left out, then the key is absent):
#
#   s     string: a word, or text in double quotes with the escapes \" \' \\ \n \r
#   F     the same; a file name (completion lists files)
#   S     the rest of the line, as it is
#   i     32-bit integer expression (-2147483648 .. 4294967295, a larger one is an error): QNum
#   l     64-bit integer expression: QNum
#   /     /FMT as in `x /4xw`: keys count, format (a letter's code), size (bytes: 1 2 4 8). What is
#         not given is as the session's last time (count: 1)
#   -x    flag -x: QBool true when given
#   -xs   flag -x with a string: `-x TEXT`
#
# SPDX-License-Identifier: GPL-2.0-or-later

[help|?]
args = name:S?
params = [cmd]
help = show the help
cmd = hmp_help
access = read
preconfig = yes

[quit|q]
qmp = quit

[stop|s]
qmp = stop

[cont|c]
qmp = cont

[system_reset]
qmp = system_reset

[system_powerdown]
qmp = system_powerdown

[screendump]
qmp = screendump
args = filename, format:-f, device, head:i

[chardev-add]
args = args:S
params = backend,id=id[,prop=value][,...]
qmp = chardev-add
cmd = hmp_chardev_add

[chardev-remove]
qmp = chardev-remove

[device_add]
args = device:S
params = driver[,prop=value][,...]
qmp = device_add
cmd = hmp_device_add

[device_del]
qmp = device_del

[netdev_add]
args = netdev:S
params = type,id=str[,prop=value][,...]
qmp = netdev_add
cmd = hmp_netdev_add

[netdev_del]
qmp = netdev_del

[set_link]
qmp = set_link

[hostfwd_add]
args = first:s, second:s?
params = [netdev_id] [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport
help = have a port of the host lead to a port of the guest (-netdev user)
cmd = hmp_hostfwd_add

[hostfwd_remove]
args = first:s, second:s?
params = [netdev_id] [tcp|udp]:[hostaddr]:hostport
help = have a port of the host lead nowhere any more
cmd = hmp_hostfwd_remove

[object_add]
args = object:S
params = [qom-type=]type,id=str[,prop=value][,...]
qmp = object-add
cmd = hmp_object_add

[object_del]
qmp = object-del

[nmi]
qmp = inject-nmi

[sendkey]
args = keys:s, hold_time:i?
params = keys [hold_ms]
help = send keys to the VM (e.g. 'sendkey ctrl-alt-f1', default hold time=100 ms)
cmd = hmp_sendkey

[mouse_move]
args = dx:s, dy:s, dz:s?
params = dx dy [dz]
help = send mouse move events
cmd = hmp_mouse_move

[mouse_button]
args = state:i
params = state
help = change mouse button state (1=L, 2=M, 4=R)
cmd = hmp_mouse_button

[mouse_set]
args = index:i
params = index
help = set which mouse device receives events
cmd = hmp_mouse_set

[set_password]
args = protocol:s, password:s, display:-ds, connected:s?
params = protocol password [-d display] [action-if-connected]
qmp = set_password
cmd = hmp_set_password

[expire_password]
args = protocol:s, time:s, display:-ds
params = protocol time [-d display]
qmp = expire_password
cmd = hmp_expire_password

[x]
args = fmt:/, addr:l
params = /fmt addr
help = virtual memory dump starting at 'addr'
access = screen
cmd = hmp_x

[xp]
args = fmt:/, addr:l
params = /fmt addr
help = physical memory dump starting at 'addr'
access = screen
cmd = hmp_xp

[print|p]
args = fmt:/, val:l
params = /fmt expr
help = print expression value (use $reg for CPU register access)
access = read
cmd = hmp_print

[memsave]
qmp = memsave
args = val, size:i, filename, cpu-index:@cpu
params = addr size file

[pmemsave]
qmp = pmemsave
args = val, size:i, filename
params = addr size file

[cpu]
args = index:i
params = index
help = set the default CPU
access = read
cmd = hmp_cpu

[info]
table = yes
params = [subcommand]
help = show various information about the system state

[info version]
qmp = query-version
cmd = hmp_info_version

[info status]
qmp = query-status
cmd = hmp_info_status

[info name]
qmp = query-name
cmd = hmp_info_name

[info uuid]
qmp = query-uuid
cmd = hmp_info_uuid

[info cpus]
qmp = query-cpus-fast
cmd = hmp_info_cpus

[info registers]
args = cpustate_all:-a, vcpu:i?
params = [-a|vcpu]
access = read
help = show the cpu registers (-a: show register info for all cpus; vcpu: specific vCPU to query; show the current CPU's registers if no argument is specified)
cmd = hmp_info_registers

[info mtree]
args = flatview:-f
params = [-f]
access = read
help = show memory tree (-f: dump flat view for address spaces)
cmd = hmp_info_mtree

[info qtree]
help = show device tree
access = read
cmd = hmp_info_qtree

[info chardev]
qmp = query-chardev
cmd = hmp_info_chardev

[info network]
help = show network devices and what they are plugged into
cmd = hmp_info_network
access = read

[info usernet]
help = show the connections of user networks
cmd = hmp_info_usernet
access = read

[dump-guest-memory]
args = detach:-d, filename:F, begin:l?, length:l?
params = [-d] filename [begin length]
qmp = dump-guest-memory
cmd = hmp_dump_guest_memory

[info dump]
qmp = query-dump
cmd = hmp_info_dump

[qom-list]
qmp = qom-list
args = path:s?
params = path
cmd = hmp_qom_list

[qom-get]
qmp = qom-get

[qom-set]
qmp = qom-set
args = json:-j, path:s, property:s, value:S?
params = [-j] path property value
cmd = hmp_qom_set

[info monitors]
qmp = query-monitors
cmd = hmp_info_monitors

[info qmp-latency]
qmp = query-qmp-latency
cmd = hmp_info_qmp_latency

[exit_preconfig]
qmp = x-exit-preconfig

[ringbuf_write]
qmp = ringbuf-write
args = device, data

[ringbuf_read]
args = device:s, size:i
params = device size
qmp = ringbuf-read
cmd = hmp_ringbuf_read

[info qom-tree]
args = path:s?
params = [path]
help = show the tree of objects, of the machine or below path
cmd = hmp_info_qom_tree
access = read
preconfig = yes

[info memory_size_summary]
help = show the size of the guest's memory
cmd = hmp_info_memory_size_summary
preconfig = yes
access = read

[info commands-in-flight]
qmp = query-commands-in-flight

[gva2gpa]
args = addr:l
params = addr
help = print the guest physical address of a guest virtual one, as the current CPU sees it
cmd = hmp_gva2gpa
access = read

[info iothreads]
qmp = query-iothreads

[info mice]
help = show which guest mouse is receiving events
cmd = hmp_info_mice
access = read

[info vnc]
qmp = query-vnc-servers
cmd = hmp_info_vnc

[info block]
args = nodes:-n, verbose:-v, device:s?
params = [-n] [-v] [device]
help = show one block device or all (-n: all block nodes; -v: with what is known of the images)
cmd = hmp_info_block
access = read
preconfig = yes

[info blockstats]
qmp = query-blockstats
cmd = hmp_info_blockstats

[block_resize]
args = device:s, size:s
params = device size
qmp = block_resize
cmd = hmp_block_resize

[block_set_io_throttle]
args = device:s, bps:l, bps_rd:l, bps_wr:l, iops:l, iops_rd:l, iops_wr:l
params = device bps bps_rd bps_wr iops iops_rd iops_wr
qmp = block_set_io_throttle
cmd = hmp_block_set_io_throttle

[balloon]
args = target:l
params = target
help = ask the guest to use this much memory (in MB)
cmd = hmp_balloon

[info balloon]
qmp = query-balloon
cmd = hmp_info_balloon

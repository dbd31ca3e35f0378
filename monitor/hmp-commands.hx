# The commands of the human monitor (HMP). scripts/hmp-gen.py turns this file into the prototypes of
# all handlers (monitor/hmp-commands.h) and the command tables.
#
# An entry is a section and its keys:
#
#   [NAME|ALIAS...]       or [TABLE NAME|ALIAS...] for a command of a sub-table
#   args = KEY:TYPE, ...  arguments in order (none: no such line). KEY is the key in the QDict that
#                         the handler is given.
#   params = TEXT         the arguments as help shows them
#   qmp = COMMAND         the QMP command that does or tells the same: its help is the first
#                         sentence of what the schema says about that
#   help = TEXT           without such a command: what it does, one line; %% is a per cent sign
#   cmd = hmp_NAME        the handler: void coroutine_fn hmp_NAME(Hmp *hmp, const QDict *args)
#   table = yes           instead of cmd: a sub-table, listed when called without arguments
#
# Types of arguments (a `?` after the type: may be left out, then the key is absent):
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

[quit|q]
qmp = quit
cmd = hmp_quit

[stop|s]
qmp = stop
cmd = hmp_stop

[cont|c]
qmp = cont
cmd = hmp_cont

[system_reset]
qmp = system_reset
cmd = hmp_system_reset

[system_powerdown]
qmp = system_powerdown
cmd = hmp_system_powerdown

[screendump]
args = filename:F, format:-fs, device:s?, head:i?
params = filename [-f format] [device [head]]
qmp = screendump
cmd = hmp_screendump

[x]
args = fmt:/, addr:l
params = /fmt addr
help = virtual memory dump starting at 'addr'
cmd = hmp_x

[xp]
args = fmt:/, addr:l
params = /fmt addr
help = physical memory dump starting at 'addr'
cmd = hmp_xp

[print|p]
args = fmt:/, val:l
params = /fmt expr
help = print expression value (use $reg for CPU register access)
cmd = hmp_print

[memsave]
args = val:l, size:i, filename:F
params = addr size file
qmp = memsave
cmd = hmp_memsave

[pmemsave]
args = val:l, size:i, filename:F
params = addr size file
qmp = pmemsave
cmd = hmp_pmemsave

[cpu]
args = index:i
params = index
help = set the default CPU
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
help = show the cpu registers (-a: show register info for all cpus; vcpu: specific vCPU to query; show the current CPU's registers if no argument is specified)
cmd = hmp_info_registers

[info mtree]
args = flatview:-f
params = [-f]
help = show memory tree (-f: dump flat view for address spaces)
cmd = hmp_info_mtree

[info qtree]
help = show device tree
cmd = hmp_info_qtree

[info chardev]
qmp = query-chardev
cmd = hmp_info_chardev

[dump-guest-memory]
args = detach:-d, filename:F, begin:l?, length:l?
params = [-d] filename [begin length]
qmp = dump-guest-memory
cmd = hmp_dump_guest_memory

[info dump]
qmp = query-dump
cmd = hmp_info_dump

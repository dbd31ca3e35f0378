# The commands of the human monitor (HMP). scripts/hmp-gen.py turns this file into the prototypes of
# all handlers (monitor/hmp-commands.h) and the command tables.
#
# An entry is a section and its keys:
#
#   [NAME|ALIAS...]       or [TABLE NAME|ALIAS...] for a command of a sub-table
#   args = KEY:TYPE, ...  arguments in order (none: no such line). KEY is the key in the QDict that
#                         the handler is given.
#   params = TEXT         the arguments as help shows them
#   help = TEXT           what it does, one line; %% is a per cent sign
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
help = quit the emulator
cmd = hmp_quit

[stop|s]
help = stop emulation
cmd = hmp_stop

[cont|c]
help = resume emulation
cmd = hmp_cont

[system_reset]
help = reset the system
cmd = hmp_system_reset

[system_powerdown]
help = send system power down event
cmd = hmp_system_powerdown

[screendump]
args = filename:F, format:-fs, device:s?, head:i?
params = filename [-f format] [device [head]]
help = save the screen of head 'head' of display device 'device' as image 'filename'; format: ppm (default) or png
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
help = save to disk virtual memory dump starting at 'addr' of size 'size'
cmd = hmp_memsave

[pmemsave]
args = val:l, size:i, filename:F
params = addr size file
help = save to disk physical memory dump starting at 'addr' of size 'size'
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
help = show the version of vitrine
cmd = hmp_info_version

[info status]
help = show the current VM status (running|paused)
cmd = hmp_info_status

[info name]
help = show the current VM name
cmd = hmp_info_name

[info uuid]
help = show the current VM UUID
cmd = hmp_info_uuid

[info cpus]
help = show infos for each CPU
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
help = show the character devices
cmd = hmp_info_chardev

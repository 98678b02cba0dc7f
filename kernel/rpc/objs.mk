# SPDX-License-Identifier: GPL-2.0-only
# rpc-src: in every build. rpc-kernel-src: what the wire and its devices share, kernel only; the drivers are in arch/x86.
rpc-src := $(addprefix kernel/rpc/,frame.c init.c port.c connection.c handles.c session.c shell.c files.c \
           trace.c mmap.c module.c replay.c)
rpc-kernel-src := $(addprefix kernel/rpc/,devices.c virtio_queue.c virtio_serial.c)

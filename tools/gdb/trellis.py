# SPDX-License-Identifier: GPL-2.0-only
"""GDB commands that know Trellis: bpf-progs, bpf-regs, tcp-cc. Sourced by tools/debug."""
import gdb

ID_TABLES = "id_tables"


def pointer(type_name, value):
    return value.cast(gdb.lookup_type(type_name).pointer())


def container_of(node, type_name, member):
    """The struct of type_name whose member's address is node."""
    target = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in target.fields() if f.name == member)
    return pointer(type_name, gdb.Value(int(node) - offset))


def list_entries(head, type_name, member):
    """Elements of a struct list_head."""
    node = head["next"]
    while int(node) != int(head.address):
        yield container_of(node, type_name, member)
        node = node["next"]


class TcpCc(gdb.Command):
    """tcp-cc: the congestion controls that are registered, with their functions."""

    def __init__(self):
        super().__init__("tcp-cc", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        head = gdb.parse_and_eval("tcp_cong_list")
        for ca in list_entries(head, "struct tcp_congestion_ops", "list"):
            print("%-16s ssthresh %s  cong_avoid %s" %
                  (ca["name"].string(), ca["ssthresh"], ca["cong_avoid"]))


class BpfRegs(gdb.Command):
    """bpf-regs: in the interpreter's loop, the BPF registers r0 to r10 and the instruction."""

    def __init__(self):
        super().__init__("bpf-regs", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        frame = gdb.selected_frame()
        while frame and frame.name() != "bpf_interp_run":
            frame = frame.older()
        if not frame:
            print("no BPF program is being interpreted here: try \"break bpf_interp_run\"")
            return
        frame.select()
        regs = gdb.parse_and_eval("regs")
        for i in range(11):
            print("r%-2d 0x%016x" % (i, int(regs[i]) & (1 << 64) - 1))


class BpfProgs(gdb.Command):
    """bpf-progs: the programs that are loaded."""

    def __init__(self):
        super().__init__("bpf-progs", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        table = gdb.parse_and_eval(ID_TABLES)[0]["buckets"]
        first, last = table.type.range()
        for i in range(first, last + 1):
            node = table[i]["first"]
            while int(node):
                prog = container_of(int(node) - self.node_offset(), "struct bpf_prog", "obj")
                print("%4d  type %2d  %5d instructions  %s" %
                      (int(prog["obj"]["id"]), int(prog["type"]), int(prog["len"]),
                       prog["aux"]["name"].string()))
                node = node["next"]

    @staticmethod
    def node_offset():
        fields = gdb.lookup_type("struct bpf_object").fields()
        return next(f.bitpos // 8 for f in fields if f.name == "node")


TcpCc()
BpfRegs()
BpfProgs()

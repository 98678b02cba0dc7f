// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ordinary libbpf program, which knows nothing of Trellis: loads an object, attaches each of its struct_ops
 * maps by a link, says what it has done, and holds the links until its standard input ends.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int say(const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	struct bpf_btf_info btf = { 0 };
	__u32 len = sizeof(info);
	char name[64] = "";
	int fd;

	if (bpf_map_get_info_by_fd(bpf_map__fd(map), &info, &len))
		return -1;
	fd = bpf_btf_get_fd_by_id(info.btf_vmlinux_id);
	btf.name = (unsigned long)name;
	btf.name_len = sizeof(name);
	len = sizeof(btf);
	if (fd < 0 || bpf_btf_get_info_by_fd(fd, &btf, &len))
		return -1;
	printf("%s attached; its type is in the BTF of %s\n", bpf_map__name(map), name);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_link *links[16] = { NULL };
	struct bpf_map *map;
	int n = 0, err = 0;
	char line[16];

	if (!obj || bpf_object__load(obj)) {
		fprintf(stderr, "usage: attach OBJECT, which libbpf can load\n");
		return 1;
	}
	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS || n == 16)
			continue;
		links[n] = bpf_map__attach_struct_ops(map);
		if (!links[n++] || say(map)) {
			perror(bpf_map__name(map));
			err = 1;
		}
	}
	while (!err && fgets(line, sizeof(line), stdin))
		;
	while (n--)
		bpf_link__destroy(links[n]);
	bpf_object__close(obj);
	return err;
}

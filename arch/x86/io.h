/* SPDX-License-Identifier: GPL-2.0-only */
/* Port and device-register access: one instruction per function (SDM vol. 2, IN and OUT). */
#pragma once

#include "kernel/lib/types.h"

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outb(u8 v, u16 port)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(u16 v, u16 port)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(u32 v, u16 port)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

/* @n bytes from, or to, one port. A hypervisor does them all in one exit. */
static inline void insb(u16 port, void *to, size_t n)
{
	__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(port) : "memory");
}

static inline void outsb(const void *from, size_t n, u16 port)
{
	__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(port) : "memory");
}

/* Device registers mapped by arch_ioremap(). */
static inline u32 readl(const volatile void *reg)
{
	return *(const volatile u32 *)reg;
}

static inline void writel(u32 v, volatile void *reg)
{
	*(volatile u32 *)reg = v;
}

static inline void writeb(u8 v, volatile void *reg)
{
	*(volatile u8 *)reg = v;
}

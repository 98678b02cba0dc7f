// SPDX-License-Identifier: GPL-2.0-only
/*
 * 16550 UART driver (National Semiconductor PC16550D data sheet, section 8). The console is written
 * by polling, so that it works in a panic; input and COM2 work by interrupt, through byte rings.
 */
#include "arch/x86/serial.h"
#include "arch/x86/io.h"
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/irq.h"

#define COM1	 0x3f8
#define COM1_IRQ 4
#define COM2	 0x2f8
#define COM2_IRQ 3

/* Registers, as offsets from the port's base. */
#define DATA	0 /* DLAB: divisor, low */
#define IER	1 /* DLAB: divisor, high */
#define IIR	2 /* read */
#define FCR	2 /* written */
#define LCR	3
#define MCR	4
#define LSR	5
#define SCRATCH 7

#define IER_RX	      0x01
#define IER_TX	      0x02
#define IIR_ID	      0x0f
#define IIR_RX_LEVEL  0x04 /* as many bytes are there as FCR asks for */
#define FCR_ON_CLEAR  0x07 /* FIFOs on and emptied, interrupt at 1 byte */
#define FCR_RX_LEVEL  0x81 /* FIFOs on, interrupt at RX_LEVEL bytes or after a pause */
#define RX_LEVEL      8
#define LCR_8N1	      0x03
#define LCR_DLAB      0x80
#define MCR_DTR_RTS_I 0x0b /* DTR, RTS, and OUT2, which lets interrupts through on a PC */
#define LSR_RX	      0x01
#define LSR_TX_EMPTY  0x20
#define FIFO_SIZE     16
#define TX_BURSTS     32 /* FIFOs full in a row, interrupts off */

/* Status reads that a byte may take: at 115200 baud one takes 87 us, a read about 1 us. */
#define TX_SPINS 100000

#define RING_SIZE 16384 /* a power of two */

/* Positions run freely; what is in the ring is [tail, head). */
struct ring {
	u32 head, tail;
	u8 bytes[RING_SIZE];
};

static bool com1_present, com2_present;
static struct ring wire_rx, wire_tx;
static u64 wire_lost;
static void (*wire_notify)(void *arg);
static void *wire_arg;

static bool ring_put(struct ring *r, u8 b)
{
	if (r->head - r->tail == RING_SIZE)
		return false;
	r->bytes[r->head++ % RING_SIZE] = b;
	return true;
}

static bool ring_get(struct ring *r, u8 *b)
{
	if (r->head == r->tail)
		return false;
	*b = r->bytes[r->tail++ % RING_SIZE];
	return true;
}

static bool port_init(u16 port)
{
	/* A port without a chip reads all ones. */
	outb(0x5a, port + SCRATCH);
	if (inb(port + SCRATCH) != 0x5a)
		return false;
	outb(0, port + IER);
	outb(LCR_DLAB, port + LCR);
	outb(1, port + DATA); /* 115200 / 1 */
	outb(0, port + IER);
	outb(LCR_8N1, port + LCR);
	/* Emptying the FIFOs would lose what has been typed by now; so they stay as they are if there is something. */
	if (!(inb(port + LSR) & LSR_RX))
		outb(FCR_ON_CLEAR, port + FCR);
	outb(MCR_DTR_RTS_I, port + MCR);
	return true;
}

static void console_putc(u8 c)
{
	for (u32 i = 0; i < TX_SPINS; i++)
		if (inb(COM1 + LSR) & LSR_TX_EMPTY)
			break;
	outb(c, COM1 + DATA);
}

void arch_console_write(const char *text, size_t n)
{
	if (!com1_present)
		return;
	for (; n; n--, text++) {
		if (*text == '\n')
			console_putc('\r');
		console_putc(*text);
	}
}

static void console_interrupt(void *arg)
{
	while (inb(COM1 + LSR) & LSR_RX)
		console_input(inb(COM1 + DATA));
}

void arch_console_start(void)
{
	if (!com1_present || irq_register(COM1_IRQ, console_interrupt, NULL)) {
		console_input_end();
		return;
	}
	outb(IER_RX, COM1 + IER);
	/* What came before the interrupt was on has raised none: its edge is gone. */
	console_interrupt(NULL);
}

static void wire_received(const u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (!ring_put(&wire_rx, bytes[i]))
			wire_lost++;
}

/* In bursts while the chip says that it has one, then byte by byte. */
static void wire_receive(void)
{
	u8 bytes[RX_LEVEL];

	while ((inb(COM2 + IIR) & IIR_ID) == IIR_RX_LEVEL) {
		insb(COM2 + DATA, bytes, RX_LEVEL);
		wire_received(bytes, RX_LEVEL);
	}
	while (inb(COM2 + LSR) & LSR_RX) {
		bytes[0] = inb(COM2 + DATA);
		wire_received(bytes, 1);
	}
}

/* Fills the chip's FIFO, and again if a chip that is none has sent it at once. */
static void wire_send(void)
{
	u8 bytes[FIFO_SIZE];
	u32 n;

	for (u32 i = 0; i < TX_BURSTS && wire_tx.head != wire_tx.tail; i++) {
		if (!(inb(COM2 + LSR) & LSR_TX_EMPTY))
			break;
		for (n = 0; n < FIFO_SIZE && ring_get(&wire_tx, &bytes[n]); n++)
			;
		outsb(bytes, n, COM2 + DATA);
	}
	/*
	 * The line to the interrupt controller is edge-triggered: it must fall, or what came up during this
	 * would never be heard of.
	 */
	outb(0, COM2 + IER);
	outb(IER_RX | (wire_tx.head != wire_tx.tail ? IER_TX : 0), COM2 + IER);
}

static void wire_interrupt(void *arg)
{
	wire_receive();
	wire_send();
	wire_notify(wire_arg);
}

size_t serial_wire_read(void *buf, size_t n)
{
	unsigned long flags = arch_irq_save();
	u8 *p = buf;
	size_t i = 0;

	while (i < n && ring_get(&wire_rx, &p[i]))
		i++;
	arch_irq_restore(flags);
	return i;
}

size_t serial_wire_write(const void *buf, size_t n)
{
	unsigned long flags = arch_irq_save();
	const u8 *p = buf;
	size_t i = 0;

	while (i < n && ring_put(&wire_tx, p[i]))
		i++;
	wire_send();
	arch_irq_restore(flags);
	return i;
}

u64 serial_wire_lost(void)
{
	return READ_ONCE(wire_lost);
}

bool serial_wire_start(void (*notify)(void *arg), void *arg)
{
	unsigned long flags;

	if (!com2_present)
		return false;
	wire_notify = notify;
	wire_arg = arg;
	if (irq_register(COM2_IRQ, wire_interrupt, NULL))
		return false;
	outb(FCR_RX_LEVEL, COM2 + FCR);
	flags = arch_irq_save();
	wire_interrupt(NULL);
	arch_irq_restore(flags);
	return true;
}

void serial_init(void)
{
	com1_present = port_init(COM1);
	com2_present = port_init(COM2);
}

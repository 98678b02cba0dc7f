// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio console device with several ports (virtio 1.1, 5.3): each port with the wire's name is a
 * transport. The device takes what we write only when the host reads, and we take what comes only when
 * the reader reads: nothing is dropped.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/transport.h"
#include "kernel/rpc/virtio.h"
#include "kernel/rpc/wire.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

#define F_MULTIPORT BIT(1)
#define MAX_PORTS   8
#define RX_BUFFERS  4
#define TX_BUFFERS  4
#define BUFFER_SIZE 8192
#define CTRL_SIZE   64
#define LOST_MS	    100
#define CTRL_RX	    2
#define CTRL_TX	    3

enum ctrl_event {
	DEVICE_READY,
	PORT_ADD,
	PORT_REMOVE,
	PORT_READY,
	CONSOLE_PORT,
	RESIZE,
	PORT_OPEN,
	PORT_NAME,
};

struct ctrl {
	u32 id;
	u16 event, value;
};

struct serial_port {
	struct wire_transport base;
	struct serial *serial;
	u32 id;
	bool there, serving;
	bool open; /* a host is connected */
	bool gone; /* it went: the reader has to be told */
	struct wait_queue wq;
	struct virtq rx, tx;
	u8 *rx_buf, *tx_buf; /* BUFFER_SIZE each */
	u32 tx_busy;	     /* bit i: buffer i is with the device */
	u32 tx_doubtful;     /* of these, the ones that were there when the host went */
	u64 closed_ns;	     /* when that was */
	/* What is left of the rx buffer that is being read. */
	u16 rx_i;
	u32 rx_pos, rx_len;
};

struct serial {
	struct virtio_device *dev;
	struct spinlock lock; /* the control queues, and the ports' open and gone */
	struct virtq ctrl_rx, ctrl_tx;
	u8 (*ctrl_rx_buf)[CTRL_SIZE];
	struct ctrl *ctrl_tx_buf;
	u16 ctrl_tx_next;
	struct serial_port ports[MAX_PORTS];
	struct wait_queue wq;
	bool new_ports;
};

/* ---- control queue, under serial->lock ---- */

static void send_ctrl(struct serial *s, u32 id, u16 event, u16 value)
{
	u16 i = s->ctrl_tx_next++ % VIRTQ_SIZE, used;
	u32 len;

	/* The device takes these at once; a slot comes round again after VIRTQ_SIZE messages. */
	while (virtq_get(&s->ctrl_tx, &used, &len))
		;
	s->ctrl_tx_buf[i] = (struct ctrl){ id, event, value };
	virtq_add(s->dev, &s->ctrl_tx, i, &s->ctrl_tx_buf[i], sizeof(struct ctrl), false);
}

static void give_rx(struct serial_port *port, u16 i)
{
	virtq_add(port->serial->dev, &port->rx, i, port->rx_buf + i * BUFFER_SIZE, BUFFER_SIZE,
		  true);
}

/* What the old host left unread is not for the new one. */
static void drain(struct serial_port *port)
{
	u32 len;
	u16 i;

	if (!port->serving)
		return;
	if (port->rx_pos < port->rx_len)
		give_rx(port, port->rx_i);
	port->rx_pos = port->rx_len = 0;
	while (virtq_get(&port->rx, &i, &len))
		give_rx(port, i);
}

static void port_opened(struct serial_port *port, bool open)
{
	if (port->open && !open) {
		port->gone = true;
		port->tx_doubtful = port->tx_busy;
		port->closed_ns = ktime_get_ns();
		drain(port);
	}
	port->open = open;
	wake_up(&port->wq);
}

static void take_ctrl(struct serial *s, const struct ctrl *c, const char *text, u32 n)
{
	struct serial_port *port = &s->ports[c->id];

	if (c->id >= MAX_PORTS)
		return;
	switch (c->event) {
	case PORT_ADD:
		send_ctrl(s, c->id, PORT_READY, 1);
		break;
	case PORT_NAME:
		if (n >= strlen(WIRE_PORT_NAME) &&
		    !memcmp(text, WIRE_PORT_NAME, strlen(WIRE_PORT_NAME))) {
			port->there = s->new_ports = true;
			wake_up(&s->wq);
		}
		break;
	case PORT_OPEN:
		port_opened(port, c->value);
		break;
	}
}

static void poll_ctrl(struct serial *s)
{
	struct ctrl c;
	u32 len;
	u16 i;

	while (virtq_get(&s->ctrl_rx, &i, &len)) {
		if (len >= sizeof(c) && len <= CTRL_SIZE) {
			memcpy(&c, s->ctrl_rx_buf[i], sizeof(c));
			take_ctrl(s, &c, (char *)s->ctrl_rx_buf[i] + sizeof(c), len - sizeof(c));
		}
		virtq_add(s->dev, &s->ctrl_rx, i, s->ctrl_rx_buf[i], CTRL_SIZE, true);
	}
}

static void on_irq(void *arg)
{
	struct serial *s = arg;

	spin_lock(&s->lock);
	poll_ctrl(s);
	spin_unlock(&s->lock);
	for (u32 i = 0; i < MAX_PORTS; i++)
		if (s->ports[i].serving)
			wake_up(&s->ports[i].wq);
}

/* ---- the transport ---- */

static struct serial_port *to_port(struct wire_transport *t)
{
	return container_of(t, struct serial_port, base);
}

/* Under the lock: up to @n bytes; 0: none now. */
static u32 take_bytes(struct serial_port *port, void *buf, u32 n)
{
	if (port->rx_pos == port->rx_len) {
		port->rx_pos = port->rx_len = 0;
		if (!virtq_get(&port->rx, &port->rx_i, &port->rx_len))
			return 0;
		port->rx_len = min(port->rx_len, (u32)BUFFER_SIZE);
		port->rx_i %= RX_BUFFERS;
	}
	n = min(n, port->rx_len - port->rx_pos);
	memcpy(buf, port->rx_buf + port->rx_i * BUFFER_SIZE + port->rx_pos, n);
	port->rx_pos += n;
	if (port->rx_pos == port->rx_len)
		give_rx(port, port->rx_i);
	return n;
}

/* Bytes, 0 for a host that went, -EAGAIN. The control queue first: it says whose the bytes are. */
static int try_read(struct serial_port *port, void *buf, u32 n)
{
	int got = 0;

	spin_lock(&port->serial->lock);
	poll_ctrl(port->serial);
	if (port->gone)
		port->gone = false;
	else
		got = take_bytes(port, buf, n) ?: -EAGAIN;
	spin_unlock(&port->serial->lock);
	return got;
}

static int port_read(struct wire_transport *t, void *buf, u32 n, u32 timeout_ms)
{
	int got = -EAGAIN;

	wait_event_timeout(to_port(t)->wq, (got = try_read(to_port(t), buf, n)) != -EAGAIN,
			   msecs_to_jiffies(timeout_ms));
	return got == -EAGAIN ? -ETIMEDOUT : got;
}

/*
 * Takes back what the device has sent. QEMU never gives back a buffer that it was in the middle of
 * when the host went; it forgets it, so after a while it is ours again.
 */
static void take_back(struct serial_port *port)
{
	u32 len;
	u16 i;

	while (virtq_get(&port->tx, &i, &len)) {
		port->tx_busy &= ~BIT(i);
		port->tx_doubtful &= ~BIT(i);
	}
	if (port->tx_doubtful && ktime_get_ns() - port->closed_ns > LOST_MS * NSEC_PER_MSEC) {
		port->tx_busy &= ~port->tx_doubtful;
		port->tx_doubtful = 0;
	}
}

/* A free buffer's number or -EAGAIN. */
static int free_buffer(struct serial_port *port)
{
	int found = -EAGAIN;

	spin_lock(&port->serial->lock);
	take_back(port);
	for (int i = TX_BUFFERS; i-- > 0;)
		if (!(port->tx_busy & BIT(i)))
			found = i;
	if (found >= 0)
		port->tx_busy |= BIT(found);
	spin_unlock(&port->serial->lock);
	return found;
}

/* Waits for a free buffer, which is the caller's then: its number, -EPIPE, -ETIMEDOUT. */
static int wait_for_buffer(struct serial_port *port, u32 timeout_ms)
{
	int i = -EAGAIN;

	/* In short waits: nobody wakes us for buffers that are lost. */
	for (u32 waited = 0; waited <= timeout_ms; waited += LOST_MS) {
		wait_event_timeout(port->wq, !port->open || (i = free_buffer(port)) >= 0,
				   msecs_to_jiffies(LOST_MS));
		if (i >= 0)
			return i;
		if (!port->open)
			return -EPIPE;
	}
	return -ETIMEDOUT;
}

static int port_write(struct wire_transport *t, const void *buf, u32 n, u32 timeout_ms)
{
	struct serial_port *port = to_port(t);
	u32 part;
	int i;

	for (; n; n -= part, buf += part) {
		i = wait_for_buffer(port, timeout_ms);
		if (i < 0)
			return i;
		part = min(n, (u32)BUFFER_SIZE);
		memcpy(port->tx_buf + i * BUFFER_SIZE, buf, part);
		virtq_add(port->serial->dev, &port->tx, i, port->tx_buf + i * BUFFER_SIZE, part,
			  false);
	}
	return 0;
}

static const struct wire_transport_ops port_ops = { .read = port_read, .write = port_write };

/* ---- start ---- */

/* Port 0 has queues 0 and 1, the control queues are 2 and 3, port n has 2n + 2 and 2n + 3. */
static u16 port_queue(u32 id)
{
	return id ? 2 * id + 2 : 0;
}

static int setup_port(struct serial *s, struct serial_port *port, u32 id)
{
	int err;

	port->serial = s;
	port->id = id;
	port->base.ops = &port_ops;
	wait_queue_init(&port->wq);
	err = virtq_init(s->dev, &port->rx, port_queue(id));
	return err ? err : virtq_init(s->dev, &port->tx, port_queue(id) + 1);
}

static int serve_port(struct serial_port *port)
{
	port->rx_buf = alloc_pages_exact(RX_BUFFERS * BUFFER_SIZE);
	port->tx_buf = alloc_pages_exact(TX_BUFFERS * BUFFER_SIZE);
	if (!port->rx_buf || !port->tx_buf)
		return -ENOMEM;
	scnprintf(port->base.name, sizeof(port->base.name), "virtio port %u", port->id);
	for (u16 i = 0; i < RX_BUFFERS; i++)
		give_rx(port, i);
	spin_lock(&port->serial->lock);
	port->serving = true;
	send_ctrl(port->serial, port->id, PORT_OPEN, 1);
	spin_unlock(&port->serial->lock);
	return wire_serve(&port->base);
}

/* Ports come one by one, announced in interrupts; what sleeps is done here. */
static int serial_main(void *arg)
{
	struct serial *s = arg;

	for (;;) {
		wait_event(s->wq, s->new_ports);
		s->new_ports = false;
		for (u32 i = 0; i < MAX_PORTS; i++)
			if (s->ports[i].there && !s->ports[i].serving && serve_port(&s->ports[i]))
				pr_err("virtio: no memory for port %u\n", i);
	}
	return 0;
}

static int setup_ctrl(struct serial *s)
{
	u8 *page = alloc_pages_exact(PAGE_SIZE);
	int err;

	if (!page)
		return -ENOMEM;
	s->ctrl_rx_buf = (void *)page;
	s->ctrl_tx_buf = (void *)(page + PAGE_SIZE / 2);
	err = virtq_init(s->dev, &s->ctrl_rx, CTRL_RX);
	return err ? err : virtq_init(s->dev, &s->ctrl_tx, CTRL_TX);
}

static int start(struct serial *s)
{
	struct thread *t;
	int err = virtio_start(s->dev, F_MULTIPORT);

	if (!err)
		err = setup_ctrl(s);
	for (u32 id = 0; !err && id < MAX_PORTS; id++)
		err = setup_port(s, &s->ports[id], id);
	if (err)
		return err;
	s->dev->handler_arg = s;
	s->dev->handler = on_irq;
	virtio_ready(s->dev);
	spin_lock(&s->lock);
	for (u16 i = 0; i < VIRTQ_SIZE; i++)
		virtq_add(s->dev, &s->ctrl_rx, i, s->ctrl_rx_buf[i], CTRL_SIZE, true);
	send_ctrl(s, 0, DEVICE_READY, 1);
	spin_unlock(&s->lock);
	t = thread_create("virtio-serial", serial_main, s);
	if (!t)
		return -ENOMEM;
	thread_detach(t);
	return 0;
}

void virtio_serial_start(struct virtio_device *dev)
{
	struct serial *s = kzalloc(sizeof(*s));
	int err = -ENOMEM;

	if (s) {
		s->dev = dev;
		wait_queue_init(&s->wq);
		err = start(s);
	}
	if (err)
		pr_warn("virtio: the serial device cannot be used: error %d\n", -err);
}

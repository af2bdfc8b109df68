#include "cmd/serve_manager.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/event.h"
#include "sys/udp.h"

void serve_manager_open(struct manager *manager)
{
	if (manager_open(manager) != 0)
		log_errno(LOG_WARNING, "cannot use NOTIFY_SOCKET");
}

static void take(int fd, struct endpoint local, const uint16_t ports[PROTOCOLS],
	int inherited[PROTOCOLS])
{
	for (int i = 0; i < PROTOCOLS; i++) {
		if (!ports[i] || ports[i] != local.port || inherited[i] >= 0)
			continue;
		inherited[i] = fd;
		if (local.addr)
			log_at(LOG_WARNING,
				"the socket of port %u that was passed hears "
				"no broadcast: it is bound to %s",
				local.port, ipv4_text(local.addr).at);
		return;
	}
	log_at(LOG_WARNING,
		"the socket of port %u that was passed (LISTEN_FDS) has no use",
		local.port);
	close(fd);
}

int serve_manager_take_sockets(
	const uint16_t ports[PROTOCOLS], int inherited[PROTOCOLS])
{
	int end = MANAGER_SOCKETS + manager_count_sockets();

	for (int i = 0; i < PROTOCOLS; i++)
		inherited[i] = -1;
	for (int fd = MANAGER_SOCKETS; fd < end; fd++) {
		struct endpoint local;
		if (udp_bound_to(fd, &local) != 0) {
			log_errno(LOG_ERROR,
				"descriptor %d of LISTEN_FDS is no UDP socket "
				"of IPv4, which 'ListenDatagram=0.0.0.0:PORT' "
				"makes",
				fd);
			return EXIT_CANNOT;
		}
		take(fd, local, ports, inherited);
	}
	return EXIT_DONE;
}

/* So much systemd reads. Without memory there would be no READY=1, and so an end
 * by the manager. */
enum { MESSAGE_SIZE = 4096 };

int serve_manager_tell(const struct manager *manager, const char *state,
	const struct str *status)
{
	char storage[MESSAGE_SIZE];
	struct str text;

	str_init_fixed(&text, storage, sizeof storage);
	/* RELOADING=1 needs the time, by which systemd tells two of them apart. */
	str_addf(&text, "%s\nMONOTONIC_USEC=%" PRId64 "\n", state,
		event_now_ns() / 1000);
	if (status)
		str_addf(&text, "STATUS=%s\n", str_text(status));
	return manager_notify(manager, str_slice(&text));
}

#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library's own functions synchronise threads, of which there are none, at
 * a price of 2 KB. Where ids once had 16 bits the newer call has a name of its
 * own. */
#ifdef SYS_setresuid32
#define CALL_SETGROUPS SYS_setgroups32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETRESUID SYS_setresuid32
#else
#define CALL_SETGROUPS SYS_setgroups
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETRESUID SYS_setresuid
#endif

struct sandbox_identity sandbox_identity(void)
{
	struct sandbox_identity who = {geteuid(), getegid(), false};
	gid_t groups[2];
	int count = getgroups(2, groups);

	/* More than there is room for is EINVAL. */
	who.in_groups = count < 0 || count == 2 ||
			(count == 1 && groups[0] != who.gid);
	return who;
}

/* What it never has can't be gained back, not even by root. */
static void drop_bounding_set(void)
{
	for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

int sandbox_become(uint32_t uid, uint32_t gid)
{
	gid_t before = getegid();
	bool is_it = geteuid() == uid && getuid() == uid && before == gid &&
		     getgid() == gid;

	drop_bounding_set();
	if (syscall(CALL_SETGROUPS, 0, NULL) != 0 && !is_it)
		return -1;
	if (is_it)
		return 0;
	if (syscall(CALL_SETRESGID, gid, gid, gid) != 0)
		return -1;
	if (syscall(CALL_SETRESUID, uid, uid, uid) == 0)
		return 0;
	int error = errno;
	syscall(CALL_SETRESGID, before, before, before);
	errno = error;
	return -1;
}

int sandbox_gain_nothing(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

#define BIT(capability) (1u << (capability))

int sandbox_drop(unsigned keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2] = {0}, kept[2] = {0};
	uint32_t wanted = 0;

	/* A kernel before 4.3 has none of these to clear. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (keep & SANDBOX_KEEP_FILES)
		wanted |= BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER);
	if (keep & SANDBOX_KEEP_PORTS)
		wanted |= BIT(CAP_NET_BIND_SERVICE);
	if (syscall(SYS_capget, &header, now) != 0)
		return -1;
	kept[0].permitted = now[0].permitted & wanted;
	kept[0].effective = now[0].effective & wanted;
	/* A manager that leaves none to drop may forbid the call, too. */
	if (memcmp(now, kept, sizeof now) == 0)
		return 0;
	return syscall(SYS_capset, &header, kept) != 0 ? -1 : 0;
}

static int lower(int resource, uint64_t most)
{
	struct {
		uint64_t now, most;
	} limit;

	if (syscall(SYS_prlimit64, 0, resource, NULL, &limit) != 0)
		return -1;
	if (limit.most > most)
		limit.most = most;
	if (limit.now > limit.most)
		limit.now = limit.most;
	return syscall(SYS_prlimit64, 0, resource, &limit, NULL) != 0 ? -1 : 0;
}

int sandbox_limit(void)
{
	enum { FILES_MAX = 64 };
	/* Those that it was started with count by their numbers. */
	int lowest = dup(STDERR_FILENO);
	uint64_t files = FILES_MAX + (lowest < 0 ? 0 : (unsigned)lowest);

	close(lowest);
	if (lower(RLIMIT_CORE, 0) != 0 || lower(RLIMIT_NOFILE, files) != 0)
		return -1;
#ifdef __GLIBC__
	return 0; /* its sanitizers look for leaks in a process of their own */
#else
	return lower(RLIMIT_NPROC, 0);
#endif
}

#if defined(__x86_64__) && !defined(__GLIBC__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__GLIBC__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef OWN_ARCH

/* A system call that is allowed, where ARGUMENT & MASK is VALUE. */
struct call {
	uint16_t number;
	uint8_t uses; /* any of these */
	uint8_t argument;
	uint32_t mask, value;
};

/* So many numbers are passed over at once that a call is not among: for a filter,
 * the kernel looks at once what becomes of each of its 450 calls, which takes
 * 0.1 ms where each is compared with all of the list. */
enum { SPAN = 32, NUMBERS_MAX = 512 };

#define BOTH (SANDBOX_SERVE | SANDBOX_DISCOVER)
/* Does not compile for a number that no span has. */
#define NUMBER(name) (SYS_##name / (SYS_##name < NUMBERS_MAX))
#define ANY(name, uses)                                                        \
	{                                                                      \
		NUMBER(name), uses, 0, 0, 0                                    \
	}
#define IF(name, uses, argument, mask, value)                                  \
	{                                                                      \
		NUMBER(name), uses, argument, mask, value                      \
	}

static const struct call calls[] = {
	ANY(recvmsg, BOTH),
	ANY(sendmsg, BOTH),
	ANY(ppoll, BOTH),
	ANY(clock_gettime, BOTH),
	ANY(recvfrom, BOTH),
	ANY(sendto, BOTH),
	ANY(read, BOTH),
	ANY(write, BOTH),
	ANY(close, BOTH),
	ANY(newfstatat, BOTH),
	ANY(fstat, BOTH),
	ANY(fcntl, BOTH),
	ANY(getdents64, SANDBOX_SERVE),
	ANY(getsockopt, BOTH),
	ANY(setsockopt, BOTH),
	ANY(bind, BOTH),
	ANY(rt_sigprocmask, BOTH),
	ANY(rt_sigreturn, BOTH),
	ANY(restart_syscall, BOTH),
	ANY(exit_group, BOTH),
	ANY(exit, BOTH), /* musl's last resort, in a loop */
	ANY(brk, BOTH),
	ANY(munmap, BOTH),
	ANY(madvise, BOTH),
	/* Nothing that is written can be run. */
	IF(mmap, BOTH, 2, PROT_EXEC, 0),
	IF(mprotect, BOTH, 2, PROT_EXEC, 0),
	IF(socket, BOTH, 0, UINT32_MAX, AF_NETLINK),
	IF(openat, BOTH, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	/* The rounds of a watch open a socket and resolve names anew. */
	IF(socket, SANDBOX_DISCOVER, 0, UINT32_MAX, AF_INET),
	IF(socket, SANDBOX_DISCOVER, 0, UINT32_MAX, AF_INET6),
	ANY(connect, SANDBOX_DISCOVER),
	ANY(signalfd4, SANDBOX_DISCOVER),
	ANY(rt_sigaction, SANDBOX_DISCOVER),
	IF(ioctl, SANDBOX_DISCOVER, 1, UINT32_MAX, SIOCOUTQ),
	IF(ioctl, SANDBOX_DISCOVER, 1, UINT32_MAX, SIOCGIFINDEX),
	IF(ioctl, SANDBOX_DISCOVER, 1, UINT32_MAX, TIOCGWINSZ),
	ANY(openat, SANDBOX_WRITE),
	ANY(renameat, SANDBOX_WRITE),
	ANY(unlinkat, SANDBOX_WRITE),
	ANY(fsync, SANDBOX_WRITE),
#ifdef SYS_open /* the older calls, which only older architectures have */
	ANY(poll, BOTH),
	ANY(stat, BOTH),
	IF(open, BOTH, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ANY(open, SANDBOX_WRITE),
#endif
};

enum {
	CALLS = sizeof calls / sizeof *calls,
	STEPS_BEFORE = 4,
	STEPS_A_SPAN = 2,
	STEPS_A_CALL = 6,
	STEPS_MAX = STEPS_BEFORE + (STEPS_A_SPAN + STEPS_A_CALL) * CALLS + 1,
};

#define LOAD(member)                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		offsetof(struct seccomp_data, member))
#define JUMP_IF_EQUAL(value, if_true, if_false)                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, if_true, if_false)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

/* The low half of an argument is all that the kernel looks at in those of the
 * list. */
static unsigned add_call(struct sock_filter *steps, const struct call *call)
{
	uint32_t low = (uint32_t)offsetof(struct seccomp_data, args) +
		       8u * call->argument;
	const struct sock_filter always[] = {
		JUMP_IF_EQUAL(call->number, 0, 1), ALLOW};
	const struct sock_filter sometimes[] = {
		JUMP_IF_EQUAL(call->number, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call->mask),
		JUMP_IF_EQUAL(call->value, 0, 1), ALLOW, LOAD(nr)};
	const struct sock_filter *from = call->mask ? sometimes : always;
	unsigned count = call->mask ? 6 : 2;

	for (unsigned i = 0; i < count; i++)
		steps[i] = from[i];
	return count;
}

/* Those of the SPAN numbers from SPAN * NTH on, between a jump over them for higher
 * numbers and the end of what is not among them; how many steps. */
static unsigned add_span(struct sock_filter *steps, unsigned nth, unsigned uses)
{
	unsigned count = 1;

	for (size_t i = 0; i < CALLS; i++)
		if ((calls[i].uses & uses) && calls[i].number / SPAN == nth)
			count += add_call(steps + count, &calls[i]);
	if (count == 1)
		return 0;
	steps[0] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JGE | BPF_K, SPAN * (nth + 1), (uint8_t)count, 0);
	steps[count++] = (struct sock_filter)REFUSE;
	return count;
}

int sandbox_confine(unsigned uses)
{
	struct sock_filter steps[STEPS_MAX] = {
		LOAD(arch), JUMP_IF_EQUAL(OWN_ARCH, 1, 0), REFUSE, LOAD(nr)};
	unsigned count = STEPS_BEFORE;

	for (unsigned nth = 0; nth < NUMBERS_MAX / SPAN; nth++)
		count += add_span(steps + count, nth, uses);
	steps[count++] = (struct sock_filter)REFUSE;
	const struct sock_fprog program = {(unsigned short)count, steps};
	/* Without the flag a kernel before 5.16 makes all of the process slower;
	 * before 4.17 there is none. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
		return 0;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

int sandbox_confine(unsigned uses)
{
	(void)uses;
	errno = ENOTSUP;
	return -1;
}

#endif

/* SipHash-1-3 (Aumasson and Bernstein) and the key of the process. */
#include <sojourn/base/hash.h>

#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <unistd.h>

static uint64_t process_key[2];
static atomic_bool has_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_key(void) {
    if (getentropy(process_key, sizeof process_key) !=
        0) { /* a kernel without it: what it gave the program at its start */
        memcpy(process_key, (const void *)getauxval(AT_RANDOM), sizeof process_key);
    }
    atomic_store_explicit(&has_key, true, memory_order_release);
}

/* Not made by a constructor: a plugin runs no code when it is mapped. */
static const uint64_t *key_of_process(void) {
    if (!atomic_load_explicit(&has_key, memory_order_acquire)) {
        (void)pthread_once(&once, make_key);
    }
    return process_key;
}

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t turned(uint64_t value, unsigned bits) {
    return value << bits | value >> (64 - bits);
}

static inline void turn(struct sip *sip) {
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = turned(sip->b, 13) ^ sip->a;
    sip->d = turned(sip->d, 16) ^ sip->c;
    sip->a = turned(sip->a, 32) + sip->d;
    sip->c += sip->b;
    sip->b = turned(sip->b, 17) ^ sip->c;
    sip->d = turned(sip->d, 21) ^ sip->a;
    sip->c = turned(sip->c, 32);
}

static inline void take(struct sip *sip, uint64_t word) {
    sip->d ^= word;
    turn(sip);
    sip->a ^= word;
}

/* `fold` is set in each of the words of eight bytes that are read: 0, or the bit that capital
 * letters lack. */
static inline uint64_t siphash(const uint64_t key[2], const unsigned char *bytes, size_t length,
                               uint64_t fold) {
    struct sip sip = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                      key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = 0;
    size_t left = length;
    for (; left >= sizeof last; bytes += sizeof last, left -= sizeof last) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        take(&sip, le64toh(word) | fold);
    }
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)bytes[i] << 8 * i;
    }
    take(&sip, (last | (fold & UINT64_C(0xffffffffffffff))) | (uint64_t)length << 56);
    sip.c ^= 0xff;
    turn(&sip);
    turn(&sip);
    turn(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

uint64_t sj_hash_siphash(const uint64_t key[2], const void *data, size_t length) {
    return siphash(key, data, length, 0);
}

uint64_t sj_hash_keyed(const void *data, size_t length) {
    return siphash(key_of_process(), data, length, 0);
}

uint64_t sj_hash_keyed_nocase(const char *text, size_t length) {
    return siphash(key_of_process(), (const unsigned char *)text, length,
                   UINT64_C(0x2020202020202020));
}

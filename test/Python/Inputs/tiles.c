// The instructions of AMX on a CPU that does not have them: the system reports
// each as illegal, and a handler does what Intel's Software Developer's Manual,
// volume 2, says of it. So the machine code for tiles is run, its shapes and
// strides included, and not what was emulated before there was any.
//
//   tiles_begin(), tiles_end(): from here on, to there
//   tiles_products(): so many TDPBF16PS were done in between

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { TILES = 8, ROWS = 16, ROW_BYTES = 64 };

// What LDTILECFG reads.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[TILES], more_row_bytes[TILES];
  uint8_t rows[TILES], more_rows[TILES];
} configuration;

static __thread configuration config;
static __thread uint8_t tiles[TILES][ROWS][ROW_BYTES];
static struct sigaction before;
static long products;

static const int registers[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static void fail(const char *what, const uint8_t *code) {
  fprintf(stderr, "tiles.c: %s: %02x %02x %02x %02x %02x %02x\n", what, code[0],
          code[1], code[2], code[3], code[4], code[5]);
  _exit(99);
}

static float widen(uint16_t bf16) {
  uint32_t bits = (uint32_t)bf16 << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void multiply(int to, int left, int right, const uint8_t *code) {
  int rows = config.rows[to], columns = config.row_bytes[to] / 4,
      pairs = config.row_bytes[left] / 4;
  if (rows == 0 || to == left || to == right || left == right ||
      config.rows[left] != rows || config.rows[right] != pairs ||
      config.row_bytes[right] != config.row_bytes[to])
    fail("tiles do not fit each other", code);
  for (int m = 0; m < rows; ++m) {
    float first[ROWS] = {0}, second[ROWS] = {0}, *sums = (float *)tiles[to][m];
    const uint16_t *a = (const uint16_t *)tiles[left][m];
    for (int k = 0; k < pairs; ++k) {
      const uint16_t *b = (const uint16_t *)tiles[right][k];
      for (int n = 0; n < columns; ++n) {
        first[n] = __builtin_fmaf(widen(a[2 * k]), widen(b[2 * n]), first[n]);
        second[n] =
            __builtin_fmaf(widen(a[2 * k + 1]), widen(b[2 * n + 1]), second[n]);
      }
    }
    for (int n = 0; n < columns; ++n)
      sums[n] += first[n] + second[n];
  }
  __atomic_fetch_add(&products, 1, __ATOMIC_RELAXED);
}

// The base of a memory operand, and what is added to it for each row. Moves
// `code` behind the operand.
static uint8_t *get_address(const greg_t *values, const uint8_t *start,
                            const uint8_t **code, int64_t *stride) {
  int modrm = *(*code)++, mode = modrm >> 6, base = modrm & 7;
  int extend_index = !(start[1] & 0x40), extend_base = !(start[1] & 0x20);
  *stride = 0;
  if (base == 4) {
    int sib = *(*code)++, index = (sib >> 3 & 7) | extend_index << 3;
    base = sib & 7;
    if (index != 4)
      *stride = values[registers[index]] << (sib >> 6);
  }
  if (mode == 0 && base == 5)
    fail("an address without a base", start);
  int64_t address = values[registers[base | extend_base << 3]];
  if (mode == 1) {
    address += (int8_t)*(*code)++;
  } else if (mode == 2) {
    int32_t distance;
    memcpy(&distance, *code, sizeof distance);
    *code += sizeof distance;
    address += distance;
  }
  return (uint8_t *)address;
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  greg_t *values = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *start = (const uint8_t *)values[REG_RIP], *code = start + 4;
  if (start[0] != 0xC4 || (start[1] & 0x1F) != 2)
    fail("no instruction of AMX", start);
  int prefix = start[2] & 3, opcode = start[3];
  int isMemory = *code >> 6 != 3, tile = *code >> 3 & 7;
  int64_t stride;
  uint8_t *address =
      isMemory ? get_address(values, start, &code, &stride) : (code++, NULL);
  if (opcode == 0x49 && isMemory && prefix == 0) { // LDTILECFG
    memcpy(&config, address, sizeof config);
    memset(tiles, 0, sizeof tiles);
  } else if (opcode == 0x49 && !isMemory && prefix == 0) { // TILERELEASE
    memset(&config, 0, sizeof config);
  } else if (config.palette != 1 || config.rows[tile] == 0) {
    fail("a tile that is not configured", start);
  } else if (opcode == 0x49 && !isMemory && prefix == 3) { // TILEZERO
    memset(tiles[tile], 0, sizeof tiles[tile]);
  } else if (opcode == 0x4B && isMemory && prefix >= 2) {
    for (int row = 0; row < config.rows[tile]; ++row, address += stride)
      if (prefix == 3) // TILELOADD
        memcpy(tiles[tile][row], address, config.row_bytes[tile]);
      else // TILESTORED
        memcpy(address, tiles[tile][row], config.row_bytes[tile]);
  } else if (opcode == 0x5C && !isMemory && prefix == 2) { // TDPBF16PS
    multiply(tile, start[4] & 7, ~start[2] >> 3 & 15, start);
  } else {
    fail("an instruction that is not known here", start);
  }
  values[REG_RIP] = (greg_t)code;
}

EXPORT void tiles_begin(void) {
  struct sigaction action = {0};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  products = 0;
  sigaction(SIGILL, &action, &before);
}

EXPORT void tiles_end(void) { sigaction(SIGILL, &before, NULL); }

EXPORT long tiles_products(void) { return products; }

// contract [add.f32] start=[0x0] ins=[f32 f32] params=[] indices=0
#pragma OPENCL FP_CONTRACT OFF

typedef struct {
    long first_group;
    long m;
    long n;
    long k;
    long row_tiles;
    long column_tiles;
    long a_along_k;
    long b_along_k;
    long batches;
    long chunks;
    long first_chunk;
    long first_slot;
    long slots;
    long last;
    long length;
    long blocks;
    long points;
    long parts;
    long lane_bits;
    long kept;
    long shape[2];
    long in0_at;
    long in0_stride[2];
    long in1_at;
    long in1_stride[2];
    long out0_at;
    long out0_stride[2];
    long in0_i;
    long in0_j;
    long in0_k;
    long in1_i;
    long in1_j;
    long in1_k;
    long out0_i;
    long out0_j;
    long out0_k;
} Block;

typedef struct {
    float acc0;
} Accs;

static Accs Accs_identity(void) {
    Accs a;
    a.acc0 = as_float(0x80000000u);
    return a;
}

static Accs Accs_combine(Accs a, Accs b) {
    a.acc0 = a.acc0 + b.acc0;
    return a;
}

typedef struct {
    float r0;
} pre_a_results;

static pre_a_results pre_a(float in0) {
    const pre_a_results results = {in0};
    return results;
}

typedef struct {
    float r0;
} pre_b_results;

static pre_b_results pre_b(float in1) {
    const pre_b_results results = {in1};
    return results;
}

typedef struct {
    float r0;
} chain_step_results;

static chain_step_results chain_step(float arg0, float arg1, float acc0) {
    const float v3 = arg0 - arg1;
    const float v4 = fma(v3, v3, acc0);
    const chain_step_results results = {v4};
    return results;
}

typedef struct {
    float r0;
} post_results;

static post_results post(float acc0) {
    const post_results results = {acc0};
    return results;
}

typedef struct {
    long position0;
    float acc0;
} FoldAccs;

static FoldAccs FoldAccs_identity(void) {
    FoldAccs a;
    a.acc0 = as_float(0x7f800000u);
    a.position0 = 9223372036854775807L;
    return a;
}

// Whether y at position yi takes the place of x at xi: if it is smaller, or NaN
// where x is not, or equal and at an earlier position.
static bool lower_f32(float y, long yi, float x, long xi) {
    const bool xn = x != x, yn = y != y;
    return xn != yn ? yn : xn || x == y ? yi < xi : y < x;
}

static FoldAccs FoldAccs_combine(FoldAccs a, FoldAccs b) {
    if (lower_f32(b.acc0, b.position0, a.acc0, a.position0)) {
        a.acc0 = b.acc0;
        a.position0 = b.position0;
    }
    return a;
}

typedef struct {
    long r0;
} fold_post_results;

static fold_post_results fold_post(long position0) {
    const fold_post_results results = {position0};
    return results;
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Folds 16 rows, in steps of 256 columns.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold_rows(__global const float *in0, __global const float *in1, __global long *out0, __global FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local FoldAccs lanes[1024];
    __local float a_slice[320] __attribute__((aligned(16)));
    __local float b_slice[4160] __attribute__((aligned(16)));
    const int across = item % 64, down = item / 64;
    const ulong part = divide(group, block.blocks);
    const ulong number = group - part * block.blocks;
    const ulong batch = divide(part, block.row_tiles);
    const ulong row_tile = part - batch * block.row_tiles;
    const long i0 = row_tile * 16, first = number * 4096;
    const long end = min(first + 4096, block.n);
    const long k_first = 0, k_end = block.k;
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            in0_at += i * block.in0_stride[axis];
            in1_at += i * block.in1_stride[axis];
            rest = quotient;
        }
        in0_at += (long)rest * block.in0_stride[0];
        in1_at += (long)rest * block.in1_stride[0];
    }
    FoldAccs totals[16];
    #pragma unroll
    for (int x = 0; x < 16; x++) {
        totals[x] = FoldAccs_identity();
    }
    for (long j0 = first; j0 < end; j0 += 256) {
        Accs acc[16];
        #pragma unroll
        for (int x = 0; x < 16; x++) {
            acc[x].acc0 = as_float(0x00000000u);
        }
        const int a_length = min(block.m - i0, 16L);
        const int a_i = block.a_along_k ? item / 16 : item % 16;
        const int a_k = block.a_along_k ? item % 16 : item / 16;
        const int a_next_i = block.a_along_k ? 16 : 0, a_next_k = block.a_along_k ? 0 : 16;
        long in0_a = in0_at + (i0 + a_i) * block.in0_i + (k_first + a_k) * block.in0_k;
        const long in0_a_next = a_next_i * block.in0_i + a_next_k * block.in0_k;
        const int b_length = min(block.n - j0, 256L);
        const int b_j = block.b_along_k ? item / 16 : item % 256;
        const int b_k = block.b_along_k ? item % 16 : item / 256;
        const int b_next_j = block.b_along_k ? 16 : 0, b_next_k = block.b_along_k ? 0 : 1;
        long in1_b = in1_at + (j0 + b_j) * block.in1_j + (k_first + b_k) * block.in1_k;
        const long in1_b_next = b_next_j * block.in1_j + b_next_k * block.in1_k;
        for (long k0 = k_first; k0 < k_end; k0 += 16) {
            const int steps = min(k_end - k0, 16L);
            #pragma unroll 8
            for (int u = 0; u < 1; u++) {
                const int i = a_i + u * a_next_i;
                const int kx = a_k + u * a_next_k;
                if (i < a_length && kx < steps) {
                    a_slice[kx * 20 + i] = pre_a(in0[in0_a + u * in0_a_next]).r0;
                }
            }
            in0_a += 16 * block.in0_k;
            #pragma unroll 8
            for (int u = 0; u < 16; u++) {
                const int j = b_j + u * b_next_j;
                const int kx = b_k + u * b_next_k;
                if (j < b_length && kx < steps) {
                    b_slice[kx * 260 + j] = pre_b(in1[in1_b + u * in1_b_next]).r0;
                }
            }
            in1_b += 16 * block.in1_k;
            barrier(CLK_LOCAL_MEM_FENCE);
            for (int kx = 0; kx < steps; kx++) {
                float a[4];
                float b[4];
                #pragma unroll
                for (int r = 0; r < 4; r++) {
                    a[r] = a_slice[kx * 20 + down * 4 + r];
                }
                #pragma unroll
                for (int c = 0; c < 4; c++) {
                    b[c] = b_slice[kx * 260 + across * 4 + c];
                }
                #pragma unroll
                for (int r = 0; r < 4; r++) {
                    #pragma unroll
                    for (int c = 0; c < 4; c++) {
                        const chain_step_results y = chain_step(a[r], b[c], acc[r * 4 + c].acc0);
                        acc[r * 4 + c].acc0 = y.r0;
                    }
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        #pragma unroll
        for (int r = 0; r < 4; r++) {
            #pragma unroll
            for (int c = 0; c < 4; c++) {
                const long i = min(i0 + down * 4 + r, block.m - 1), j = j0 + across * 4 + c;
                if (j < end) {
                    const post_results x = post(acc[r * 4 + c].acc0);
                    FoldAccs next;
                    next.acc0 = x.r0;
                    next.position0 = j;
                    totals[r * 4 + c] = FoldAccs_combine(totals[r * 4 + c], next);
                }
            }
        }
    }
    for (int row = 0; row < 16; row += 4) {
        #pragma unroll
        for (int r = 0; r < 4; r++) {
            #pragma unroll
            for (int c = 0; c < 4; c++) {
                const int x = down * 4 + r - row;
                if (x >= 0 && x < 4) {
                    lanes[x * 256 + across * 4 + c] = totals[r * 4 + c];
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int width = 128; width > 0; width /= 2) {
            for (int x = item; x < 4 * width; x += 256) {
                const int lane = x / width * 256 + x % width;
                lanes[lane] = FoldAccs_combine(lanes[lane], lanes[lane + width]);
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        for (int x = item; x < 4 && i0 + row + x < block.m; x += 256) {
            const ulong point = batch * block.m + i0 + row + x;
            const FoldAccs total = lanes[x * 256];
            if (block.blocks > 1) {
                scratch[point * block.blocks + number] = total;
            } else {
                const long i = i0 + row + x;
                long out0_out = block.out0_at;
                {
                    ulong rest = batch;
                    for (long axis = block.kept - 1; axis > 0; axis--) {
                        const ulong quotient = divide(rest, block.shape[axis]);
                        const long i = rest - quotient * block.shape[axis];
                        out0_out += i * block.out0_stride[axis];
                        rest = quotient;
                    }
                    out0_out += (long)rest * block.out0_stride[0];
                }
                const fold_post_results y = fold_post(total.position0);
                out0[out0_out + i * block.out0_i] = y.r0;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

// Folds 128 rows, in steps of 32 columns.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold_short_rows(__global const float *in0, __global const float *in1, __global long *out0, __global FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local FoldAccs lanes[1024];
    __local float a_slice[2112] __attribute__((aligned(16)));
    __local float b_slice[576] __attribute__((aligned(16)));
    const int across = item % 8, down = item / 8;
    const ulong part = divide(group, block.blocks);
    const ulong number = group - part * block.blocks;
    const ulong batch = divide(part, block.row_tiles);
    const ulong row_tile = part - batch * block.row_tiles;
    const long i0 = row_tile * 128, first = number * 4096;
    const long end = min(first + 4096, block.n);
    const long k_first = 0, k_end = block.k;
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            in0_at += i * block.in0_stride[axis];
            in1_at += i * block.in1_stride[axis];
            rest = quotient;
        }
        in0_at += (long)rest * block.in0_stride[0];
        in1_at += (long)rest * block.in1_stride[0];
    }
    FoldAccs totals[16];
    #pragma unroll
    for (int x = 0; x < 16; x++) {
        totals[x] = FoldAccs_identity();
    }
    for (long j0 = first; j0 < end; j0 += 32) {
        Accs acc[16];
        #pragma unroll
        for (int x = 0; x < 16; x++) {
            acc[x].acc0 = as_float(0x00000000u);
        }
        const int a_length = min(block.m - i0, 128L);
        const int a_i = block.a_along_k ? item / 16 : item % 128;
        const int a_k = block.a_along_k ? item % 16 : item / 128;
        const int a_next_i = block.a_along_k ? 16 : 0, a_next_k = block.a_along_k ? 0 : 2;
        long in0_a = in0_at + (i0 + a_i) * block.in0_i + (k_first + a_k) * block.in0_k;
        const long in0_a_next = a_next_i * block.in0_i + a_next_k * block.in0_k;
        const int b_length = min(block.n - j0, 32L);
        const int b_j = block.b_along_k ? item / 16 : item % 32;
        const int b_k = block.b_along_k ? item % 16 : item / 32;
        const int b_next_j = block.b_along_k ? 16 : 0, b_next_k = block.b_along_k ? 0 : 8;
        long in1_b = in1_at + (j0 + b_j) * block.in1_j + (k_first + b_k) * block.in1_k;
        const long in1_b_next = b_next_j * block.in1_j + b_next_k * block.in1_k;
        for (long k0 = k_first; k0 < k_end; k0 += 16) {
            const int steps = min(k_end - k0, 16L);
            #pragma unroll 8
            for (int u = 0; u < 8; u++) {
                const int i = a_i + u * a_next_i;
                const int kx = a_k + u * a_next_k;
                if (i < a_length && kx < steps) {
                    a_slice[kx * 132 + i] = pre_a(in0[in0_a + u * in0_a_next]).r0;
                }
            }
            in0_a += 16 * block.in0_k;
            #pragma unroll 8
            for (int u = 0; u < 2; u++) {
                const int j = b_j + u * b_next_j;
                const int kx = b_k + u * b_next_k;
                if (j < b_length && kx < steps) {
                    b_slice[kx * 36 + j] = pre_b(in1[in1_b + u * in1_b_next]).r0;
                }
            }
            in1_b += 16 * block.in1_k;
            barrier(CLK_LOCAL_MEM_FENCE);
            for (int kx = 0; kx < steps; kx++) {
                float a[4];
                float b[4];
                #pragma unroll
                for (int r = 0; r < 4; r++) {
                    a[r] = a_slice[kx * 132 + down * 4 + r];
                }
                #pragma unroll
                for (int c = 0; c < 4; c++) {
                    b[c] = b_slice[kx * 36 + across * 4 + c];
                }
                #pragma unroll
                for (int r = 0; r < 4; r++) {
                    #pragma unroll
                    for (int c = 0; c < 4; c++) {
                        const chain_step_results y = chain_step(a[r], b[c], acc[r * 4 + c].acc0);
                        acc[r * 4 + c].acc0 = y.r0;
                    }
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        #pragma unroll
        for (int r = 0; r < 4; r++) {
            #pragma unroll
            for (int c = 0; c < 4; c++) {
                const long i = min(i0 + down * 4 + r, block.m - 1), j = j0 + across * 4 + c;
                if (j < end) {
                    const post_results x = post(acc[r * 4 + c].acc0);
                    FoldAccs next;
                    next.acc0 = x.r0;
                    next.position0 = j;
                    totals[r * 4 + c] = FoldAccs_combine(totals[r * 4 + c], next);
                }
            }
        }
    }
    for (int row = 0; row < 128; row += 32) {
        #pragma unroll
        for (int r = 0; r < 4; r++) {
            #pragma unroll
            for (int c = 0; c < 4; c++) {
                const int x = down * 4 + r - row;
                if (x >= 0 && x < 32) {
                    lanes[x * 32 + across * 4 + c] = totals[r * 4 + c];
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int width = 16; width > 0; width /= 2) {
            for (int x = item; x < 32 * width; x += 256) {
                const int lane = x / width * 32 + x % width;
                lanes[lane] = FoldAccs_combine(lanes[lane], lanes[lane + width]);
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        for (int x = item; x < 32 && i0 + row + x < block.m; x += 256) {
            const ulong point = batch * block.m + i0 + row + x;
            const FoldAccs total = lanes[x * 32];
            if (block.blocks > 1) {
                scratch[point * block.blocks + number] = total;
            } else {
                const long i = i0 + row + x;
                long out0_out = block.out0_at;
                {
                    ulong rest = batch;
                    for (long axis = block.kept - 1; axis > 0; axis--) {
                        const ulong quotient = divide(rest, block.shape[axis]);
                        const long i = rest - quotient * block.shape[axis];
                        out0_out += i * block.out0_stride[axis];
                        rest = quotient;
                    }
                    out0_out += (long)rest * block.out0_stride[0];
                }
                const fold_post_results y = fold_post(total.position0);
                out0[out0_out + i * block.out0_i] = y.r0;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

// Folds rows of joined chunks.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold_joined(__global long *out0, __global const Accs *joined, __global FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local FoldAccs lanes[256];
    const uint lane_mask = (1u << block.lane_bits) - 1;
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        FoldAccs total = FoldAccs_identity();
        if (part < (ulong)block.parts) {
            const ulong point = divide(part, block.blocks);
            const ulong first = (part - point * block.blocks) * 4096 + (slot & lane_mask);
            const int rows = first < (ulong)block.length ? min((block.length - first + 255) / 256, 16UL) : 0;
            {
                ulong rest = point;
                for (long axis = block.kept - 1; axis > 0; axis--) {
                    const ulong quotient = divide(rest, block.shape[axis]);
                    const long i = rest - quotient * block.shape[axis];
                    rest = quotient;
                }
            }
            #pragma unroll 8
            for (int row = 0; row < rows; row++) {
                const ulong at = first + row * 256;
                const long j = at;
                const Accs acc = joined[point * block.length + j];
                const post_results x = post(acc.acc0);
                FoldAccs next;
                next.acc0 = x.r0;
                next.position0 = j;
                total = FoldAccs_combine(total, next);
            }
        }
        lanes[slot] = total;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1) {
        {
            const uint slot = item;
            if ((slot & lane_mask) < width) {
                lanes[slot] = FoldAccs_combine(lanes[slot], lanes[slot + width]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        if ((slot & lane_mask) == 0 && part < (ulong)block.parts) {
            if (block.blocks > 1) {
                scratch[part] = lanes[slot];
            } else {
                const FoldAccs total = lanes[slot];
                long out0_at = block.out0_at;
                ulong rest = part;
                for (long axis = block.kept - 1; axis > 0; axis--) {
                    const ulong quotient = divide(rest, block.shape[axis]);
                    const long i = rest - quotient * block.shape[axis];
                    out0_at += i * block.out0_stride[axis];
                    rest = quotient;
                }
                out0_at += (long)rest * block.out0_stride[0];
                const fold_post_results y = fold_post(total.position0);
                out0[out0_at] = y.r0;
            }
        }
    }
}

// Folds partial results.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold_again(__global long *out0, __global const FoldAccs *partials, __global FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local FoldAccs lanes[256];
    const uint lane_mask = (1u << block.lane_bits) - 1;
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        FoldAccs total = FoldAccs_identity();
        if (part < (ulong)block.parts) {
            const ulong point = divide(part, block.blocks);
            const ulong first = (part - point * block.blocks) * 4096 + (slot & lane_mask);
            const int rows = first < (ulong)block.length ? min((block.length - first + 255) / 256, 16UL) : 0;
            #pragma unroll 8
            for (int row = 0; row < rows; row++) {
                const ulong at = first + row * 256;
                const FoldAccs next = partials[point * block.length + at];
                total = FoldAccs_combine(total, next);
            }
        }
        lanes[slot] = total;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1) {
        {
            const uint slot = item;
            if ((slot & lane_mask) < width) {
                lanes[slot] = FoldAccs_combine(lanes[slot], lanes[slot + width]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        if ((slot & lane_mask) == 0 && part < (ulong)block.parts) {
            if (block.blocks > 1) {
                scratch[part] = lanes[slot];
            } else {
                const FoldAccs total = lanes[slot];
                long out0_at = block.out0_at;
                ulong rest = part;
                for (long axis = block.kept - 1; axis > 0; axis--) {
                    const ulong quotient = divide(rest, block.shape[axis]);
                    const long i = rest - quotient * block.shape[axis];
                    out0_at += i * block.out0_stride[axis];
                    rest = quotient;
                }
                out0_at += (long)rest * block.out0_stride[0];
                const fold_post_results y = fold_post(total.position0);
                out0[out0_at] = y.r0;
            }
        }
    }
}

// Tiles of 32×32, 2×2 of each work item, in slices of 16 along k.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void contract_tile(__global const float *in0, __global const float *in1, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local float a_slice[576] __attribute__((aligned(16)));
    __local float b_slice[576] __attribute__((aligned(16)));
    const int across = item % 16, down = item / 16;
    const ulong row_tile = divide(group, block.column_tiles);
    const ulong column_tile = group - row_tile * block.column_tiles;
    const ulong part = divide(row_tile, block.row_tiles);
    const ulong row_number = row_tile - part * block.row_tiles;
    const ulong batch = divide(part, block.chunks);
    const ulong chunk = part - batch * block.chunks;
    const long i0 = row_number * 32, j0 = column_tile * 32;
    const long k_first = (block.first_chunk + chunk) * 8192;
    const long k_end = min(k_first + 8192, block.k);
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            in0_at += i * block.in0_stride[axis];
            in1_at += i * block.in1_stride[axis];
            rest = quotient;
        }
        in0_at += (long)rest * block.in0_stride[0];
        in1_at += (long)rest * block.in1_stride[0];
    }
    Accs acc[4];
    #pragma unroll
    for (int x = 0; x < 4; x++) {
        acc[x].acc0 = as_float(0x00000000u);
    }
    const int a_length = min(block.m - i0, 32L);
    const int a_i = block.a_along_k ? item / 16 : item % 32;
    const int a_k = block.a_along_k ? item % 16 : item / 32;
    const int a_next_i = block.a_along_k ? 16 : 0, a_next_k = block.a_along_k ? 0 : 8;
    long in0_a = in0_at + (i0 + a_i) * block.in0_i + (k_first + a_k) * block.in0_k;
    const long in0_a_next = a_next_i * block.in0_i + a_next_k * block.in0_k;
    const int b_length = min(block.n - j0, 32L);
    const int b_j = block.b_along_k ? item / 16 : item % 32;
    const int b_k = block.b_along_k ? item % 16 : item / 32;
    const int b_next_j = block.b_along_k ? 16 : 0, b_next_k = block.b_along_k ? 0 : 8;
    long in1_b = in1_at + (j0 + b_j) * block.in1_j + (k_first + b_k) * block.in1_k;
    const long in1_b_next = b_next_j * block.in1_j + b_next_k * block.in1_k;
    for (long k0 = k_first; k0 < k_end; k0 += 16) {
        const int steps = min(k_end - k0, 16L);
        #pragma unroll 8
        for (int u = 0; u < 2; u++) {
            const int i = a_i + u * a_next_i;
            const int kx = a_k + u * a_next_k;
            if (i < a_length && kx < steps) {
                a_slice[kx * 36 + i] = pre_a(in0[in0_a + u * in0_a_next]).r0;
            }
        }
        in0_a += 16 * block.in0_k;
        #pragma unroll 8
        for (int u = 0; u < 2; u++) {
            const int j = b_j + u * b_next_j;
            const int kx = b_k + u * b_next_k;
            if (j < b_length && kx < steps) {
                b_slice[kx * 36 + j] = pre_b(in1[in1_b + u * in1_b_next]).r0;
            }
        }
        in1_b += 16 * block.in1_k;
        barrier(CLK_LOCAL_MEM_FENCE);
        #pragma unroll 4
        for (int kx = 0; kx < steps; kx++) {
            float a[2];
            float b[2];
            #pragma unroll
            for (int r = 0; r < 2; r++) {
                a[r] = a_slice[kx * 36 + down * 2 + r];
            }
            #pragma unroll
            for (int c = 0; c < 2; c++) {
                b[c] = b_slice[kx * 36 + across * 2 + c];
            }
            #pragma unroll
            for (int r = 0; r < 2; r++) {
                #pragma unroll
                for (int c = 0; c < 2; c++) {
                    const chain_step_results y = chain_step(a[r], b[c], acc[r * 2 + c].acc0);
                    acc[r * 2 + c].acc0 = y.r0;
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    scratch += ((block.first_slot + chunk) * block.batches + batch) * block.m * block.n;
    #pragma unroll
    for (int r = 0; r < 2; r++) {
        #pragma unroll
        for (int c = 0; c < 2; c++) {
            const long i = i0 + down * 2 + r, j = j0 + across * 2 + c;
            if (i < block.m && j < block.n) {
                scratch[i * block.n + j] = acc[r * 2 + c];
            }
        }
    }
}

// Joins chunks of k.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void contract_join(__global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong number = group * 64 + item;
    const ulong outputs = block.batches * block.m * block.n;
    if (number >= outputs) {
        return;
    }
    Accs total = scratch[number];
    for (long slot = 1; slot < block.slots; slot++) {
        total = Accs_combine(total, scratch[slot * outputs + number]);
    }
    scratch[number] = total;
}


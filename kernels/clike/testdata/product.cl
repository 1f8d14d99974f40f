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
    const float v3 = fma(arg0, arg1, acc0);
    const chain_step_results results = {v3};
    return results;
}

typedef struct {
    float r0;
} post_results;

static post_results post(float acc0) {
    const post_results results = {acc0};
    return results;
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Tiles of 32×32, 2×2 of each work item, in slices of 16 along k.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void contract_small(__global const float *in0, __global const float *in1, __global float *out0, __global Accs *scratch, const Block block) {
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
    long out0_at = block.out0_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            in0_at += i * block.in0_stride[axis];
            in1_at += i * block.in1_stride[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        in0_at += (long)rest * block.in0_stride[0];
        in1_at += (long)rest * block.in1_stride[0];
        out0_at += (long)rest * block.out0_stride[0];
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
    if (block.slots > 0) {
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
    } else {
        #pragma unroll
        for (int r = 0; r < 2; r++) {
            #pragma unroll
            for (int c = 0; c < 2; c++) {
                const long i = i0 + down * 2 + r, j = j0 + across * 2 + c;
                if (i < block.m && j < block.n) {
                    const post_results y = post(acc[r * 2 + c].acc0);
                    out0[out0_at + i * block.out0_i + j * block.out0_j] = y.r0;
                }
            }
        }
    }
}

// Tiles of 128×128, 8×8 of each work item, in slices of 16 along k.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void contract_large(__global const float *in0, __global const float *in1, __global float *out0, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local float a_slice[2112] __attribute__((aligned(16)));
    __local float b_slice[2112] __attribute__((aligned(16)));
    const int across = item % 16, down = item / 16;
    const ulong row_tile = divide(group, block.column_tiles);
    const ulong column_tile = group - row_tile * block.column_tiles;
    const ulong part = divide(row_tile, block.row_tiles);
    const ulong row_number = row_tile - part * block.row_tiles;
    const ulong batch = divide(part, block.chunks);
    const ulong chunk = part - batch * block.chunks;
    const long i0 = row_number * 128, j0 = column_tile * 128;
    const long k_first = (block.first_chunk + chunk) * 8192;
    const long k_end = min(k_first + 8192, block.k);
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    long out0_at = block.out0_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            in0_at += i * block.in0_stride[axis];
            in1_at += i * block.in1_stride[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        in0_at += (long)rest * block.in0_stride[0];
        in1_at += (long)rest * block.in1_stride[0];
        out0_at += (long)rest * block.out0_stride[0];
    }
    Accs acc[64];
    #pragma unroll
    for (int x = 0; x < 64; x++) {
        acc[x].acc0 = as_float(0x00000000u);
    }
    const int a_length = min(block.m - i0, 128L);
    const int a_i = block.a_along_k ? item / 16 : item % 128;
    const int a_k = block.a_along_k ? item % 16 : item / 128;
    const int a_next_i = block.a_along_k ? 16 : 0, a_next_k = block.a_along_k ? 0 : 2;
    long in0_a = in0_at + (i0 + a_i) * block.in0_i + (k_first + a_k) * block.in0_k;
    const long in0_a_next = a_next_i * block.in0_i + a_next_k * block.in0_k;
    const int b_length = min(block.n - j0, 128L);
    const int b_j = block.b_along_k ? item / 16 : item % 128;
    const int b_k = block.b_along_k ? item % 16 : item / 128;
    const int b_next_j = block.b_along_k ? 16 : 0, b_next_k = block.b_along_k ? 0 : 2;
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
        for (int u = 0; u < 8; u++) {
            const int j = b_j + u * b_next_j;
            const int kx = b_k + u * b_next_k;
            if (j < b_length && kx < steps) {
                b_slice[kx * 132 + j] = pre_b(in1[in1_b + u * in1_b_next]).r0;
            }
        }
        in1_b += 16 * block.in1_k;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int kx = 0; kx < steps; kx++) {
            float a[8];
            float b[8];
            #pragma unroll
            for (int r = 0; r < 8; r++) {
                a[r] = a_slice[kx * 132 + r / 4 * 64 + down * 4 + r % 4];
            }
            #pragma unroll
            for (int c = 0; c < 8; c++) {
                b[c] = b_slice[kx * 132 + c / 4 * 64 + across * 4 + c % 4];
            }
            #pragma unroll
            for (int r = 0; r < 8; r++) {
                #pragma unroll
                for (int c = 0; c < 8; c++) {
                    const chain_step_results y = chain_step(a[r], b[c], acc[r * 8 + c].acc0);
                    acc[r * 8 + c].acc0 = y.r0;
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (block.slots > 0) {
        scratch += ((block.first_slot + chunk) * block.batches + batch) * block.m * block.n;
        #pragma unroll
        for (int r = 0; r < 8; r++) {
            #pragma unroll
            for (int c = 0; c < 8; c++) {
                const long i = i0 + r / 4 * 64 + down * 4 + r % 4, j = j0 + c / 4 * 64 + across * 4 + c % 4;
                if (i < block.m && j < block.n) {
                    scratch[i * block.n + j] = acc[r * 8 + c];
                }
            }
        }
    } else {
        #pragma unroll
        for (int r = 0; r < 8; r++) {
            #pragma unroll
            for (int c = 0; c < 8; c++) {
                const long i = i0 + r / 4 * 64 + down * 4 + r % 4, j = j0 + c / 4 * 64 + across * 4 + c % 4;
                if (i < block.m && j < block.n) {
                    const post_results y = post(acc[r * 8 + c].acc0);
                    out0[out0_at + i * block.out0_i + j * block.out0_j] = y.r0;
                }
            }
        }
    }
}

// Joins chunks of k.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void contract_join(__global float *out0, __global Accs *scratch, const Block block) {
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
    if (!block.last) {
        scratch[number] = total;
        return;
    }
    const ulong row = divide(number, block.n);
    const ulong j_number = number - row * block.n;
    const ulong batch = divide(row, block.m);
    const ulong i_number = row - batch * block.m;
    const long i = i_number, j = j_number;
    long out0_at = block.out0_at;
    {
        ulong rest = batch;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        out0_at += (long)rest * block.out0_stride[0];
    }
    const post_results y = post(total.acc0);
    out0[out0_at + i * block.out0_i + j * block.out0_j] = y.r0;
}


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
    long span;
    long spans;
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

static bool fold_before(FoldAccs a, FoldAccs b) {
    const bool a_is_nan = a.acc0 != a.acc0, b_is_nan = b.acc0 != b.acc0;
    const bool same = a.acc0 == b.acc0 || (a_is_nan && b_is_nan);
    return a.acc0 < b.acc0 || (b_is_nan && !a_is_nan) || (same && a.position0 < b.position0);
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Keeps the first 10 values of each of 64 rows, in steps of 64 columns.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void top_rows(__global const float *in0, __global const float *in1, __global FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local FoldAccs list[640];
    __local float found[4096];
    __local char any[1024];
    __local float a_slice[1088] __attribute__((aligned(16)));
    __local float b_slice[1088] __attribute__((aligned(16)));
    const int across = item % 16, down = item / 16;
    const ulong part = divide(group, block.spans);
    const ulong number = group - part * block.spans;
    const ulong batch = divide(part, block.row_tiles);
    const ulong row_tile = part - batch * block.row_tiles;
    const long i0 = row_tile * 64, first = number * block.span;
    const long end = min(first + block.span, block.n);
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
    for (int x = item; x < 640; x += 256) {
        list[x].acc0 = as_float(0x7fc00000u);
        list[x].position0 = 9223372036854775807L;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (long j0 = first; j0 < end; j0 += 64) {
        Accs whole[16];
        long k_first = 0;
        do {
            const long k_end = min(k_first + 8192, block.k);
            Accs acc[16];
            #pragma unroll
            for (int x = 0; x < 16; x++) {
                acc[x].acc0 = as_float(0x00000000u);
            }
            const int a_length = min(block.m - i0, 64L);
            const int a_i = block.a_along_k ? item / 16 : item % 64;
            const int a_k = block.a_along_k ? item % 16 : item / 64;
            const int a_next_i = block.a_along_k ? 16 : 0, a_next_k = block.a_along_k ? 0 : 4;
            long in0_a = in0_at + (i0 + a_i) * block.in0_i + (k_first + a_k) * block.in0_k;
            const long in0_a_next = a_next_i * block.in0_i + a_next_k * block.in0_k;
            const int b_length = min(block.n - j0, 64L);
            const int b_j = block.b_along_k ? item / 16 : item % 64;
            const int b_k = block.b_along_k ? item % 16 : item / 64;
            const int b_next_j = block.b_along_k ? 16 : 0, b_next_k = block.b_along_k ? 0 : 4;
            long in1_b = in1_at + (j0 + b_j) * block.in1_j + (k_first + b_k) * block.in1_k;
            const long in1_b_next = b_next_j * block.in1_j + b_next_k * block.in1_k;
            for (long k0 = k_first; k0 < k_end; k0 += 16) {
                const int steps = min(k_end - k0, 16L);
                #pragma unroll 8
                for (int u = 0; u < 4; u++) {
                    const int i = a_i + u * a_next_i;
                    const int kx = a_k + u * a_next_k;
                    if (i < a_length && kx < steps) {
                        a_slice[kx * 68 + i] = pre_a(in0[in0_a + u * in0_a_next]).r0;
                    }
                }
                in0_a += 16 * block.in0_k;
                #pragma unroll 8
                for (int u = 0; u < 4; u++) {
                    const int j = b_j + u * b_next_j;
                    const int kx = b_k + u * b_next_k;
                    if (j < b_length && kx < steps) {
                        b_slice[kx * 68 + j] = pre_b(in1[in1_b + u * in1_b_next]).r0;
                    }
                }
                in1_b += 16 * block.in1_k;
                barrier(CLK_LOCAL_MEM_FENCE);
                for (int kx = 0; kx < steps; kx++) {
                    float a[4];
                    float b[4];
                    #pragma unroll
                    for (int r = 0; r < 4; r++) {
                        a[r] = a_slice[kx * 68 + down * 4 + r];
                    }
                    #pragma unroll
                    for (int c = 0; c < 4; c++) {
                        b[c] = b_slice[kx * 68 + across * 4 + c];
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
            for (int x = 0; x < 16; x++) {
                if (k_first == 0) {
                    whole[x] = acc[x];
                } else {
                    whole[x] = Accs_combine(whole[x], acc[x]);
                }
            }
            k_first += 8192;
        } while (k_first < block.k);
        #pragma unroll
        for (int r = 0; r < 4; r++) {
            const int row = down * 4 + r;
            const long i = i0 + row;
            char may = 0;
            #pragma unroll
            for (int c = 0; c < 4; c++) {
                const int column = across * 4 + c;
                const long j = j0 + column;
                if (i < block.m && j < end) {
                    const float x = post(whole[r * 4 + c].acc0).r0;
                    found[row * 64 + column] = x;
                    may |= !(x >= list[row * 10 + 9].acc0);
                }
            }
            any[row * 16 + across] = may;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        const int columns = min(end - j0, 64L);
        for (int row = item; row < 64; row += 256) {
            char may = 0;
            for (int x = 0; x < 16; x++) {
                may |= any[row * 16 + x];
            }
            if (may) {
                for (int column = 0; column < columns; column++) {
                    FoldAccs next;
                    next.acc0 = found[row * 64 + column];
                    next.position0 = j0 + column;
                    int place = row * 10 + 9;
                    if (fold_before(next, list[place])) {
                        for (; place > row * 10 && fold_before(next, list[place - 1]); place--) {
                            list[place] = list[place - 1];
                        }
                        list[place] = next;
                    }
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int x = item; x < 640; x += 256) {
        const long i = i0 + x / 10;
        if (i < block.m) {
            scratch[((batch * block.m + i) * block.spans + number) * 10 + x % 10] = list[x];
        }
    }
}

// Finds the places of values in their rows.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void top_places(__global long *out0, __global const FoldAccs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong at = group * 64 + item;
    if (at >= (ulong)block.batches * block.m * block.spans * 10) {
        return;
    }
    const ulong list = divide(at, 10);
    const ulong point = divide(list, block.spans);
    const ulong number = list - point * block.spans;
    const ulong batch = divide(point, block.m);
    const ulong row = point - batch * block.m;
    const FoldAccs total = scratch[at];
    long place = at - list * 10;
    for (long other = 0; other < block.spans; other++) {
        if (other != number) {
            __global const FoldAccs *values = scratch + (point * block.spans + other) * 10;
            int low = 0, high = 10;
            while (low < high) {
                const int middle = (low + high) / 2;
                const bool earlier = other < number ? !fold_before(total, values[middle]) : fold_before(values[middle], total);
                low = earlier ? middle + 1 : low;
                high = earlier ? high : middle;
            }
            place += low;
        }
    }
    if (place < 10) {
        const long i = row;
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
        const fold_post_results y = fold_post(total.position0);
        out0[out0_at + i * block.out0_i + place * block.out0_j] = y.r0;
    }
}


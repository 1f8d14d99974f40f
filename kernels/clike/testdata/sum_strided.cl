// reduce strided [add.f64] ins=[f64] params=[] indices=0
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

typedef struct {
    long first_group;
    long length;
    long blocks;
    long points;
    long parts;
    long lane_bits;
    long kept;
    long reduced;
    long shape[5];
    long in0_at;
    long in0_stride[5];
    long out0_at;
    long out0_stride[5];
} Block;

typedef struct {
    double acc0;
} Accs;

static Accs Accs_identity(void) {
    Accs a;
    a.acc0 = as_double(0x8000000000000000UL);
    return a;
}

static Accs Accs_combine(Accs a, Accs b) {
    a.acc0 = a.acc0 + b.acc0;
    return a;
}

typedef struct {
    double r0;
} pre_results;

static pre_results pre(double in0) {
    const double v1 = in0 * in0;
    const pre_results results = {v1};
    return results;
}

typedef struct {
    double r0;
} post_results;

static post_results post(double acc0) {
    const post_results results = {acc0};
    return results;
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Reduces along one axis.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_row(__global const double *in0, __global double *out0, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong part = group * 256 + item;
    if (part >= (ulong)block.parts) {
        return;
    }
    const ulong number = divide(part, block.points);
    const ulong point = part - number * block.points;
    const ulong first = number * 64;
    const ulong end = min((ulong)block.length, first + 64);
    Accs total = Accs_identity();
    {
        long in0_at = block.in0_at;
        {
            ulong rest = point;
            for (long axis = block.kept - 1; axis > 0; axis--) {
                const ulong quotient = divide(rest, block.shape[axis]);
                const long i = rest - quotient * block.shape[axis];
                in0_at += i * block.in0_stride[axis];
                rest = quotient;
            }
            in0_at += (long)rest * block.in0_stride[0];
        }
        #pragma unroll 8
        for (ulong at = first; at < end; at++) {
            const pre_results x = pre(in0[in0_at + (long)at * block.in0_stride[block.kept]]);
            Accs next;
            next.acc0 = x.r0;
            total = Accs_combine(total, next);
        }
    }
    if (block.blocks > 1) {
        scratch[part] = total;
    } else {
        long out0_at = block.out0_at;
        ulong rest = point;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        out0_at += (long)rest * block.out0_stride[0];
        const post_results y = post(total.acc0);
        out0[out0_at] = y.r0;
    }
}

// Reduces along several axes.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_axes(__global const double *in0, __global double *out0, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong part = group * 256 + item;
    if (part >= (ulong)block.parts) {
        return;
    }
    const ulong number = divide(part, block.points);
    const ulong point = part - number * block.points;
    const ulong first = number * 64;
    const ulong end = min((ulong)block.length, first + 64);
    Accs total = Accs_identity();
    {
        long in0_at = block.in0_at;
        {
            ulong rest = point;
            for (long axis = block.kept - 1; axis > 0; axis--) {
                const ulong quotient = divide(rest, block.shape[axis]);
                const long i = rest - quotient * block.shape[axis];
                in0_at += i * block.in0_stride[axis];
                rest = quotient;
            }
            in0_at += (long)rest * block.in0_stride[0];
        }
        for (ulong at = first; at < end; at++) {
            long in0_i = in0_at;
            {
                ulong rest = at;
                for (long axis = block.kept + block.reduced - 1; axis > block.kept; axis--) {
                    const ulong quotient = divide(rest, block.shape[axis]);
                    const long i = rest - quotient * block.shape[axis];
                    in0_i += i * block.in0_stride[axis];
                    rest = quotient;
                }
                in0_i += (long)rest * block.in0_stride[block.kept];
            }
            const pre_results x = pre(in0[in0_i]);
            Accs next;
            next.acc0 = x.r0;
            total = Accs_combine(total, next);
        }
    }
    if (block.blocks > 1) {
        scratch[part] = total;
    } else {
        long out0_at = block.out0_at;
        ulong rest = point;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        out0_at += (long)rest * block.out0_stride[0];
        const post_results y = post(total.acc0);
        out0[out0_at] = y.r0;
    }
}

// Reduces partial results.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_again(__global double *out0, __global const Accs *partials, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong part = group * 256 + item;
    if (part >= (ulong)block.parts) {
        return;
    }
    const ulong number = divide(part, block.points);
    const ulong point = part - number * block.points;
    const ulong first = number * 64;
    const ulong end = min((ulong)block.length, first + 64);
    Accs total = Accs_identity();
    {
        #pragma unroll 8
        for (ulong at = first; at < end; at++) {
            const Accs next = partials[at * block.points + point];
            total = Accs_combine(total, next);
        }
    }
    if (block.blocks > 1) {
        scratch[part] = total;
    } else {
        long out0_at = block.out0_at;
        ulong rest = point;
        for (long axis = block.kept - 1; axis > 0; axis--) {
            const ulong quotient = divide(rest, block.shape[axis]);
            const long i = rest - quotient * block.shape[axis];
            out0_at += i * block.out0_stride[axis];
            rest = quotient;
        }
        out0_at += (long)rest * block.out0_stride[0];
        const post_results y = post(total.acc0);
        out0[out0_at] = y.r0;
    }
}


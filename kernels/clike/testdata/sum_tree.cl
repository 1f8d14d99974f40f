// reduce tree [add.f32] ins=[f32] params=[] indices=0
#pragma OPENCL FP_CONTRACT OFF

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
} pre_results;

static pre_results pre(float in0) {
    const float v1 = in0 * in0;
    const pre_results results = {v1};
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

// Reduces along one axis.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_row(__global const float *in0, __global float *out0, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local Accs lanes[256];
    const uint lane_mask = (1u << block.lane_bits) - 1;
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        Accs total = Accs_identity();
        if (part < (ulong)block.parts) {
            const ulong point = divide(part, block.blocks);
            const ulong first = (part - point * block.blocks) * 4096 + (slot & lane_mask);
            const int rows = first < (ulong)block.length ? min((block.length - first + 255) / 256, 16UL) : 0;
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
            for (int row = 0; row < rows; row++) {
                const ulong at = first + row * 256;
                const pre_results x = pre(in0[in0_at + (long)at * block.in0_stride[block.kept]]);
                Accs next;
                next.acc0 = x.r0;
                total = Accs_combine(total, next);
            }
        }
        lanes[slot] = total;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1) {
        {
            const uint slot = item;
            if ((slot & lane_mask) < width) {
                lanes[slot] = Accs_combine(lanes[slot], lanes[slot + width]);
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
                const Accs total = lanes[slot];
                long out0_at = block.out0_at;
                ulong rest = part;
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
    }
}

// Reduces along several axes.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_axes(__global const float *in0, __global float *out0, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local Accs lanes[256];
    const uint lane_mask = (1u << block.lane_bits) - 1;
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        Accs total = Accs_identity();
        if (part < (ulong)block.parts) {
            const ulong point = divide(part, block.blocks);
            const ulong first = (part - point * block.blocks) * 4096 + (slot & lane_mask);
            const int rows = first < (ulong)block.length ? min((block.length - first + 255) / 256, 16UL) : 0;
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
            for (int row = 0; row < rows; row++) {
                const ulong at = first + row * 256;
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
        lanes[slot] = total;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1) {
        {
            const uint slot = item;
            if ((slot & lane_mask) < width) {
                lanes[slot] = Accs_combine(lanes[slot], lanes[slot + width]);
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
                const Accs total = lanes[slot];
                long out0_at = block.out0_at;
                ulong rest = part;
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
    }
}

// Reduces partial results.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void reduce_again(__global float *out0, __global const Accs *partials, __global Accs *scratch, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    __local Accs lanes[256];
    const uint lane_mask = (1u << block.lane_bits) - 1;
    {
        const uint slot = item;
        const ulong part = (group * 256 + slot) >> block.lane_bits;
        Accs total = Accs_identity();
        if (part < (ulong)block.parts) {
            const ulong point = divide(part, block.blocks);
            const ulong first = (part - point * block.blocks) * 4096 + (slot & lane_mask);
            const int rows = first < (ulong)block.length ? min((block.length - first + 255) / 256, 16UL) : 0;
            #pragma unroll 8
            for (int row = 0; row < rows; row++) {
                const ulong at = first + row * 256;
                const Accs next = partials[point * block.length + at];
                total = Accs_combine(total, next);
            }
        }
        lanes[slot] = total;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1) {
        {
            const uint slot = item;
            if ((slot & lane_mask) < width) {
                lanes[slot] = Accs_combine(lanes[slot], lanes[slot + width]);
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
                const Accs total = lanes[slot];
                long out0_at = block.out0_at;
                ulong rest = part;
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
    }
}


// map ins=[f32 f32] params=[] indices=0
#pragma OPENCL FP_CONTRACT OFF

typedef struct {
    long first_group;
    long columns;
    long column_bits;
    long tiles;
    long rows;
    long axes;
    long shape[3];
    long in0_at;
    long in0_stride[3];
    long in1_at;
    long in1_stride[3];
    long out0_at;
    long out0_stride[3];
    long in0_step;
    long in1_step;
    long out0_step;
} Block;

typedef struct {
    float r0;
} map_results;

static map_results map(float in0, float in1) {
    const float v2 = in0 + in1;
    const map_results results = {v2};
    return results;
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Any layout: a tile of rows and columns.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void map_tiles(__global const float *in0, __global const float *in1, __global float *out0, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const ulong band = divide(group, block.tiles);
    const ulong row = (band * 256 >> block.column_bits) + (item >> block.column_bits);
    const long step = 1L << block.column_bits;
    const long column = (long)(group - band * block.tiles) * 4 * step + (item & (step - 1));
    if (row >= (ulong)block.rows || column >= block.columns) {
        return;
    }
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    long out0_at = block.out0_at;
    ulong rest = row;
    for (long axis = block.axes - 1; axis > 0; axis--) {
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
    float in0_x[4];
    float in1_x[4];
    #pragma unroll
    for (int k = 0; k < 4; k++) {
        const long i = column + k * step < block.columns ? column + k * step : column;
        in0_x[k] = in0[in0_at + i * block.in0_step];
        in1_x[k] = in1[in1_at + i * block.in1_step];
    }
    #pragma unroll
    for (int k = 0; k < 4; k++) {
        const long i = column + k * step;
        if (i < block.columns) {
            const map_results y = map(in0_x[k], in1_x[k]);
            out0[out0_at + i * block.out0_step] = y.r0;
        }
    }
}

// Contiguous operands along one axis: vectors.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void map_vector(__global const float *in0, __global const float *in1, __global float *out0, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const long column = (group * 256 + item) * 4;
    long in0_at = block.in0_at;
    long in1_at = block.in1_at;
    long out0_at = block.out0_at;
    if (column + 4 <= block.columns) {
        const float4 in0_x = block.in0_step ? vload4(0, in0 + in0_at + column) : (float4)(in0[in0_at]);
        const float4 in1_x = block.in1_step ? vload4(0, in1 + in1_at + column) : (float4)(in1[in1_at]);
        const map_results y0 = map(in0_x.x, in1_x.x);
        const map_results y1 = map(in0_x.y, in1_x.y);
        const map_results y2 = map(in0_x.z, in1_x.z);
        const map_results y3 = map(in0_x.w, in1_x.w);
        vstore4((float4)(y0.r0, y1.r0, y2.r0, y3.r0), 0, out0 + out0_at + column);
    } else {
        for (long i = column; i < block.columns; i++) {
            const map_results y = map(in0[in0_at + i * block.in0_step], in1[in1_at + i * block.in1_step]);
            out0[out0_at + i * block.out0_step] = y.r0;
        }
    }
}


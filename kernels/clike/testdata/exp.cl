// map ins=[f32] params=[] indices=0
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
    long out0_at;
    long out0_stride[3];
    long in0_step;
    long out0_step;
} Block;

typedef struct {
    float r0;
} map_results;

// The IEEE 754-2019 minimum: NaN if either is NaN, and -0 < +0.
static float min_f32(float x, float y) {
    const float m = x == y ? as_float(as_uint(x) | as_uint(y)) : x < y ? x : y;
    return x != x || y != y ? x + y : m;
}

// The IEEE 754-2019 maximum: NaN if either is NaN, and -0 < +0.
static float max_f32(float x, float y) {
    const float m = x == y ? as_float(as_uint(x) & as_uint(y)) : x > y ? x : y;
    return x != x || y != y ? x + y : m;
}

static float fn_exp_f32_any(float arg0) {
    const float v1 = fabs(arg0);
    const float v2 = as_float(0x42ae0000u); // 87
    const bool v3 = v1 <= v2;
    const float v4 = as_float(0x42b20000u); // 89
    const float v5 = min_f32(arg0, v4);
    const float v6 = as_float(0xc2d00000u); // -104
    const float v7 = max_f32(v5, v6);
    const float v8 = v3 ? arg0 : v7;
    const float v9 = as_float(0x3fb8aa3bu); // 1.442695
    const float v10 = as_float(0x4b400000u); // 1.2582912e+07
    const float v11 = fma(v8, v9, v10);
    const float v12 = v11 - v10;
    const int v13 = as_int(v11);
    const float v14 = as_float(0xbf317218u); // -0.6931472
    const float v15 = fma(v12, v14, v8);
    const float v16 = as_float(0x3102e308u); // 1.9046542e-09
    const float v17 = fma(v12, v16, v15);
    const float v18 = as_float(0x3f800000u); // 1
    const float v19 = as_float(0x3ab52f07u); // 0.0013823219
    const float v20 = as_float(0x3c091d5fu); // 0.008368819
    const float v21 = fma(v19, v17, v20);
    const float v22 = as_float(0x3d2aac53u); // 0.041668247
    const float v23 = fma(v21, v17, v22);
    const float v24 = as_float(0x3e2aaa48u); // 0.1666652
    const float v25 = fma(v23, v17, v24);
    const float v26 = as_float(0x3efffffeu); // 0.49999994
    const float v27 = fma(v25, v17, v26);
    const float v28 = fma(v27, v17, v18);
    const float v29 = fma(v28, v17, v18);
    const int v30 = as_int(v29);
    const int v32 = as_int(as_uint(v13) << 23);
    const int v33 = as_int(as_uint(v30) + as_uint(v32));
    const float v34 = as_float(v33);
    const float v35 = as_float(0x3f000000u); // 0.5
    const float v36 = fma(v12, v35, v10);
    const float v37 = v36 - v10;
    const int v38 = as_int(v36);
    const float v39 = v12 - v37;
    const float v40 = fma(v39, v18, v10);
    const int v41 = as_int(v40);
    const int v43 = as_int(as_uint(v38) + as_uint(127));
    const int v44 = as_int(as_uint(v43) << 23);
    const float v45 = as_float(v44);
    const float v46 = v29 * v45;
    const int v47 = as_int(as_uint(v41) + as_uint(127));
    const int v48 = as_int(as_uint(v47) << 23);
    const float v49 = as_float(v48);
    const float v50 = v46 * v49;
    const float v51 = v3 ? v34 : v50;
    return v51;
}

static float fn_exp_f32(float arg0) {
    const float v1 = fabs(arg0);
    const float v2 = as_float(0x42ae0000u); // 87
    const bool v3 = v1 <= v2;
    const float v4 = as_float(0x3fb8aa3bu); // 1.442695
    const float v5 = as_float(0x4b400000u); // 1.2582912e+07
    const float v6 = fma(arg0, v4, v5);
    const float v7 = v6 - v5;
    const int v8 = as_int(v6);
    const float v9 = as_float(0xbf317218u); // -0.6931472
    const float v10 = fma(v7, v9, arg0);
    const float v11 = as_float(0x3102e308u); // 1.9046542e-09
    const float v12 = fma(v7, v11, v10);
    const float v13 = as_float(0x3f800000u); // 1
    const float v14 = as_float(0x3ab52f07u); // 0.0013823219
    const float v15 = as_float(0x3c091d5fu); // 0.008368819
    const float v16 = fma(v14, v12, v15);
    const float v17 = as_float(0x3d2aac53u); // 0.041668247
    const float v18 = fma(v16, v12, v17);
    const float v19 = as_float(0x3e2aaa48u); // 0.1666652
    const float v20 = fma(v18, v12, v19);
    const float v21 = as_float(0x3efffffeu); // 0.49999994
    const float v22 = fma(v20, v12, v21);
    const float v23 = fma(v22, v12, v13);
    const float v24 = fma(v23, v12, v13);
    const int v25 = as_int(v24);
    const int v27 = as_int(as_uint(v8) << 23);
    const int v28 = as_int(as_uint(v25) + as_uint(v27));
    const float v29 = as_float(v28);
    if (!v3) {
        return fn_exp_f32_any(arg0);
    }
    return v29;
}

static map_results map(float in0) {
    const float v1 = fn_exp_f32(in0);
    const map_results results = {v1};
    return results;
}

// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}

// Any layout: a tile of rows and columns.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void map_tiles(__global const float *in0, __global float *out0, const Block block) {
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
    long out0_at = block.out0_at;
    ulong rest = row;
    for (long axis = block.axes - 1; axis > 0; axis--) {
        const ulong quotient = divide(rest, block.shape[axis]);
        const long i = rest - quotient * block.shape[axis];
        in0_at += i * block.in0_stride[axis];
        out0_at += i * block.out0_stride[axis];
        rest = quotient;
    }
    in0_at += (long)rest * block.in0_stride[0];
    out0_at += (long)rest * block.out0_stride[0];
    float in0_x[4];
    #pragma unroll
    for (int k = 0; k < 4; k++) {
        const long i = column + k * step < block.columns ? column + k * step : column;
        in0_x[k] = in0[in0_at + i * block.in0_step];
    }
    #pragma unroll
    for (int k = 0; k < 4; k++) {
        const long i = column + k * step;
        if (i < block.columns) {
            const map_results y = map(in0_x[k]);
            out0[out0_at + i * block.out0_step] = y.r0;
        }
    }
}

// Contiguous operands along one axis: vectors.
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void map_vector(__global const float *in0, __global float *out0, const Block block) {
    const ulong group = block.first_group + get_group_id(0);
    const uint item = get_local_id(0);
    const long column = (group * 256 + item) * 4;
    long in0_at = block.in0_at;
    long out0_at = block.out0_at;
    if (column + 4 <= block.columns) {
        const float4 in0_x = block.in0_step ? vload4(0, in0 + in0_at + column) : (float4)(in0[in0_at]);
        const map_results y0 = map(in0_x.x);
        const map_results y1 = map(in0_x.y);
        const map_results y2 = map(in0_x.z);
        const map_results y3 = map(in0_x.w);
        vstore4((float4)(y0.r0, y1.r0, y2.r0, y3.r0), 0, out0 + out0_at + column);
    } else {
        for (long i = column; i < block.columns; i++) {
            const map_results y = map(in0[in0_at + i * block.in0_step]);
            out0[out0_at + i * block.out0_step] = y.r0;
        }
    }
}


package mathfn

// sobolRow is the primitive polynomial of a dimension, its bits the coefficients,
// and the first odd numbers m of its directions, one for each degree.
type sobolRow struct {
	polynomial uint32
	first      []uint32
}

// sobolRows are dimensions 2, 3, …: the first rows of new-joe-kuo-6.21201, by
// F. Y. Kuo and S. Joe ("Constructing Sobol sequences with better two-dimensional
// projections", SIAM J. Sci. Comput. 30, 2008), under the licence of that file:
//
// Copyright (c) 2008, Frances Y. Kuo and Stephen Joe. All rights reserved.
//
// Redistribution and use in source and binary forms, with or without modification,
// are permitted provided that the following conditions are met:
//
//   - Redistributions of source code must retain the above copyright notice, this
//     list of conditions and the following disclaimer.
//   - Redistributions in binary form must reproduce the above copyright notice, this
//     list of conditions and the following disclaimer in the documentation and/or
//     other materials provided with the distribution.
//   - Neither the names of the copyright holders nor the names of the University of
//     New South Wales and the University of Waikato and its contributors may be used
//     to endorse or promote products derived from this software without specific
//     prior written permission.
//
// THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS "AS IS" AND ANY EXPRESS OR
// IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF
// MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT
// SHALL THE COPYRIGHT HOLDERS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
// SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
// PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR
// BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
// CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN
// ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH
// DAMAGE.
var sobolRows = []sobolRow{
	{3, []uint32{1}},
	{7, []uint32{1, 3}},
	{11, []uint32{1, 3, 1}},
	{13, []uint32{1, 1, 1}},
	{19, []uint32{1, 1, 3, 3}},
	{25, []uint32{1, 3, 5, 13}},
	{37, []uint32{1, 1, 5, 5, 17}},
	{41, []uint32{1, 1, 5, 5, 5}},
	{47, []uint32{1, 1, 7, 11, 19}},
	{55, []uint32{1, 1, 5, 1, 1}},
	{59, []uint32{1, 1, 1, 3, 11}},
	{61, []uint32{1, 3, 5, 5, 31}},
	{67, []uint32{1, 3, 3, 9, 7, 49}},
	{91, []uint32{1, 1, 1, 15, 21, 21}},
	{97, []uint32{1, 3, 1, 13, 27, 49}},
	{103, []uint32{1, 1, 1, 15, 7, 5}},
	{109, []uint32{1, 3, 1, 15, 13, 25}},
	{115, []uint32{1, 1, 5, 5, 19, 61}},
	{131, []uint32{1, 3, 7, 11, 23, 15, 103}},
	{137, []uint32{1, 3, 7, 13, 13, 15, 69}},
	{143, []uint32{1, 1, 3, 13, 7, 35, 63}},
	{145, []uint32{1, 3, 5, 9, 1, 25, 53}},
	{157, []uint32{1, 3, 1, 13, 9, 35, 107}},
	{167, []uint32{1, 3, 1, 5, 27, 61, 31}},
	{171, []uint32{1, 1, 5, 11, 19, 41, 61}},
	{185, []uint32{1, 3, 5, 3, 3, 13, 69}},
	{191, []uint32{1, 1, 7, 13, 1, 19, 1}},
	{193, []uint32{1, 3, 7, 5, 13, 19, 59}},
	{203, []uint32{1, 1, 3, 9, 25, 29, 41}},
	{211, []uint32{1, 3, 5, 13, 23, 1, 55}},
	{213, []uint32{1, 3, 7, 3, 13, 59, 17}},
	{229, []uint32{1, 3, 1, 3, 5, 53, 69}},
	{239, []uint32{1, 1, 5, 5, 23, 33, 13}},
	{241, []uint32{1, 1, 7, 7, 1, 61, 123}},
	{247, []uint32{1, 1, 7, 9, 13, 61, 49}},
	{253, []uint32{1, 3, 3, 5, 3, 55, 33}},
	{285, []uint32{1, 3, 1, 15, 31, 13, 49, 245}},
	{299, []uint32{1, 3, 5, 15, 31, 59, 63, 97}},
	{301, []uint32{1, 3, 1, 11, 11, 11, 77, 249}},
	{333, []uint32{1, 3, 1, 11, 27, 43, 71, 9}},
	{351, []uint32{1, 1, 7, 15, 21, 11, 81, 45}},
	{355, []uint32{1, 3, 7, 3, 25, 31, 65, 79}},
	{357, []uint32{1, 3, 1, 1, 19, 11, 3, 205}},
	{361, []uint32{1, 1, 5, 9, 19, 21, 29, 157}},
	{369, []uint32{1, 3, 7, 11, 1, 33, 89, 185}},
	{391, []uint32{1, 3, 3, 3, 15, 9, 79, 71}},
	{397, []uint32{1, 3, 7, 11, 15, 39, 119, 27}},
	{425, []uint32{1, 1, 3, 1, 11, 31, 97, 225}},
	{451, []uint32{1, 1, 1, 3, 23, 43, 57, 177}},
	{463, []uint32{1, 3, 7, 7, 17, 17, 37, 71}},
	{487, []uint32{1, 3, 1, 5, 27, 63, 123, 213}},
	{501, []uint32{1, 1, 3, 5, 11, 43, 53, 133}},
	{529, []uint32{1, 3, 5, 5, 29, 17, 47, 173, 479}},
	{539, []uint32{1, 3, 3, 11, 3, 1, 109, 9, 69}},
	{545, []uint32{1, 1, 1, 5, 17, 39, 23, 5, 343}},
	{557, []uint32{1, 3, 1, 5, 25, 15, 31, 103, 499}},
	{563, []uint32{1, 1, 1, 11, 11, 17, 63, 105, 183}},
	{601, []uint32{1, 1, 5, 11, 9, 29, 97, 231, 363}},
	{607, []uint32{1, 1, 5, 15, 19, 45, 41, 7, 383}},
	{617, []uint32{1, 3, 7, 7, 31, 19, 83, 137, 221}},
	{623, []uint32{1, 1, 1, 3, 23, 15, 111, 223, 83}},
	{631, []uint32{1, 1, 5, 13, 31, 15, 55, 25, 161}},
	{637, []uint32{1, 1, 3, 13, 25, 47, 39, 87, 257}},
	{647, []uint32{1, 1, 1, 11, 21, 53, 125, 249, 293}},
	{661, []uint32{1, 1, 7, 11, 11, 7, 57, 79, 323}},
	{675, []uint32{1, 1, 5, 5, 17, 13, 81, 3, 131}},
	{677, []uint32{1, 1, 7, 13, 23, 7, 65, 251, 475}},
	{687, []uint32{1, 3, 5, 1, 9, 43, 3, 149, 11}},
	{695, []uint32{1, 1, 3, 13, 31, 13, 13, 255, 487}},
	{701, []uint32{1, 3, 3, 1, 5, 63, 89, 91, 127}},
	{719, []uint32{1, 1, 3, 3, 1, 19, 123, 127, 237}},
	{721, []uint32{1, 1, 5, 7, 23, 31, 37, 243, 289}},
	{731, []uint32{1, 1, 5, 11, 17, 53, 117, 183, 491}},
	{757, []uint32{1, 1, 1, 5, 1, 13, 13, 209, 345}},
	{761, []uint32{1, 1, 3, 15, 1, 57, 115, 7, 33}},
	{787, []uint32{1, 3, 1, 11, 7, 43, 81, 207, 175}},
	{789, []uint32{1, 3, 1, 1, 15, 27, 63, 255, 49}},
	{799, []uint32{1, 3, 5, 3, 27, 61, 105, 171, 305}},
	{803, []uint32{1, 1, 5, 3, 1, 3, 57, 249, 149}},
	{817, []uint32{1, 1, 3, 5, 5, 57, 15, 13, 159}},
	{827, []uint32{1, 1, 1, 11, 7, 11, 105, 141, 225}},
	{847, []uint32{1, 3, 3, 5, 27, 59, 121, 101, 271}},
	{859, []uint32{1, 3, 5, 9, 11, 49, 51, 59, 115}},
	{865, []uint32{1, 1, 7, 1, 23, 45, 125, 71, 419}},
	{875, []uint32{1, 1, 3, 5, 23, 5, 105, 109, 75}},
	{877, []uint32{1, 1, 7, 15, 7, 11, 67, 121, 453}},
	{883, []uint32{1, 3, 7, 3, 9, 13, 31, 27, 449}},
	{895, []uint32{1, 3, 1, 15, 19, 39, 39, 89, 15}},
	{901, []uint32{1, 1, 1, 1, 1, 33, 73, 145, 379}},
	{911, []uint32{1, 3, 1, 15, 15, 43, 29, 13, 483}},
	{949, []uint32{1, 1, 7, 3, 19, 27, 85, 131, 431}},
	{953, []uint32{1, 3, 3, 3, 5, 35, 23, 195, 349}},
	{967, []uint32{1, 3, 3, 7, 9, 27, 39, 59, 297}},
	{971, []uint32{1, 1, 3, 9, 11, 17, 13, 241, 157}},
	{973, []uint32{1, 3, 7, 15, 25, 57, 33, 189, 213}},
	{981, []uint32{1, 1, 7, 1, 9, 55, 73, 83, 217}},
	{985, []uint32{1, 3, 3, 13, 19, 27, 23, 113, 249}},
	{995, []uint32{1, 3, 5, 3, 23, 43, 3, 253, 479}},
	{1001, []uint32{1, 1, 5, 5, 11, 5, 45, 117, 217}},
	{1019, []uint32{1, 3, 3, 7, 29, 37, 33, 123, 147}},
	{1033, []uint32{1, 3, 1, 15, 5, 5, 37, 227, 223, 459}},
	{1051, []uint32{1, 1, 7, 5, 5, 39, 63, 255, 135, 487}},
	{1063, []uint32{1, 3, 1, 7, 9, 7, 87, 249, 217, 599}},
	{1069, []uint32{1, 1, 3, 13, 9, 47, 7, 225, 363, 247}},
	{1125, []uint32{1, 3, 7, 13, 19, 13, 9, 67, 9, 737}},
	{1135, []uint32{1, 3, 5, 5, 19, 59, 7, 41, 319, 677}},
	{1153, []uint32{1, 1, 5, 3, 31, 63, 15, 43, 207, 789}},
	{1163, []uint32{1, 1, 7, 9, 13, 39, 3, 47, 497, 169}},
	{1221, []uint32{1, 3, 1, 7, 21, 17, 97, 19, 415, 905}},
	{1239, []uint32{1, 3, 7, 1, 3, 31, 71, 111, 165, 127}},
	{1255, []uint32{1, 1, 5, 11, 1, 61, 83, 119, 203, 847}},
	{1267, []uint32{1, 3, 3, 13, 9, 61, 19, 97, 47, 35}},
	{1279, []uint32{1, 1, 7, 7, 15, 29, 63, 95, 417, 469}},
	{1293, []uint32{1, 3, 1, 9, 25, 9, 71, 57, 213, 385}},
	{1305, []uint32{1, 3, 5, 13, 31, 47, 101, 57, 39, 341}},
	{1315, []uint32{1, 1, 3, 3, 31, 57, 125, 173, 365, 551}},
	{1329, []uint32{1, 3, 7, 1, 13, 57, 67, 157, 451, 707}},
	{1341, []uint32{1, 1, 1, 7, 21, 13, 105, 89, 429, 965}},
	{1347, []uint32{1, 1, 5, 9, 17, 51, 45, 119, 157, 141}},
	{1367, []uint32{1, 3, 7, 7, 13, 45, 91, 9, 129, 741}},
	{1387, []uint32{1, 3, 7, 1, 23, 57, 67, 141, 151, 571}},
	{1413, []uint32{1, 1, 3, 11, 17, 47, 93, 107, 375, 157}},
	{1423, []uint32{1, 3, 3, 5, 11, 21, 43, 51, 169, 915}},
	{1431, []uint32{1, 1, 5, 3, 15, 55, 101, 67, 455, 625}},
	{1441, []uint32{1, 3, 5, 9, 1, 23, 29, 47, 345, 595}},
	{1479, []uint32{1, 3, 7, 7, 5, 49, 29, 155, 323, 589}},
	{1509, []uint32{1, 3, 3, 7, 5, 41, 127, 61, 261, 717}},
}

package machine

import (
	"fmt"
	"strconv"
	"strings"
)

// linuxCPU reads the name of the CPU, where it has not told itself, and its frequencies.
func (s *survey) linuxCPU() {
	c := &s.m.CPU
	info := s.firstCPU()
	if c.Model == nil {
		c.Model = text(info["model name"])
	}
	if implementer := info["CPU implementer"]; implementer != "" {
		vendor, model := armName(implementer, info["CPU part"])
		c.Vendor = text(vendor)
		if c.Model == nil {
			c.Model = text(model)
		}
	}
	if board, err := s.read("proc/device-tree/model"); err == nil && c.Model == nil {
		c.Model = text(strings.Trim(board, "\x00"))
	}
	const cpufreq = cpuDir + "/cpu0/cpufreq/"
	override(&c.BaseFrequencyHz, s.kilohertz(cpufreq+"base_frequency"))
	override(&c.MaxFrequencyHz, s.kilohertz(cpufreq+"cpuinfo_max_freq"))
	c.CurrentFrequencyHz = s.kilohertz(cpufreq + "scaling_cur_freq")
	if mhz, err := strconv.ParseFloat(info["cpu MHz"], 64); err == nil && c.CurrentFrequencyHz == nil && mhz < 1e6 {
		c.CurrentFrequencyHz = positive(int64(mhz * 1e6))
	}
	if governor, err := s.read(cpufreq + "scaling_governor"); err == nil {
		c.Governor = text(governor)
	}
	s.unknown("cpu.frequency_governor", "there is no /"+cpufreq+"scaling_governor; a virtual machine has none")
	s.unknown("cpu.base_frequency_hz", "neither CPUID nor /"+cpufreq+"base_frequency tells")
	s.unknown("cpu.max_frequency_hz", "neither CPUID nor /"+cpufreq+"cpuinfo_max_freq tells")
	s.unknown("cpu.current_frequency_hz", "neither /proc/cpuinfo nor /"+cpufreq+"scaling_cur_freq tells")
}

// firstCPU reads the first block of /proc/cpuinfo: "name : value" up to the first empty line.
func (s *survey) firstCPU() map[string]string {
	const file = "proc/cpuinfo"
	info := map[string]string{}
	all, err := s.read(file)
	if err != nil {
		s.unknown("cpu.model", reason(file, err))
		s.unknown("cpu.vendor", reason(file, err))
	}
	for line := range strings.Lines(all) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			break
		}
		info[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return info
}

// kilohertz reads a file of cpufreq, in Hz; nil if it tells no frequency.
func (s *survey) kilohertz(file string) *int64 {
	value, err := s.read(file)
	if err != nil {
		return nil
	}
	khz, err := strconv.ParseInt(value, 10, 64)
	if err != nil || khz > 1e9 {
		return nil
	}
	return positive(khz * 1000)
}

// armName turns the codes of the Main ID Register into names. The tables are those of Linux,
// arch/arm64/include/asm/cputype.h, for the makers and cores found in servers, desktops and boards.
func armName(implementer, part string) (vendor, model string) {
	vendors := map[string]string{
		"0x41": "ARM", "0x42": "Broadcom", "0x43": "Cavium", "0x46": "Fujitsu", "0x48": "HiSilicon", "0x4e": "NVIDIA",
		"0x50": "APM", "0x51": "Qualcomm", "0x61": "Apple", "0x6d": "Microsoft", "0xc0": "Ampere",
	}
	cores := map[string]string{
		"0x41 0xd03": "Cortex-A53", "0x41 0xd05": "Cortex-A55", "0x41 0xd07": "Cortex-A57", "0x41 0xd08": "Cortex-A72",
		"0x41 0xd09": "Cortex-A73", "0x41 0xd0a": "Cortex-A75", "0x41 0xd0b": "Cortex-A76", "0x41 0xd41": "Cortex-A78",
		"0x41 0xd44": "Cortex-X1", "0x41 0xd0c": "Neoverse-N1", "0x41 0xd40": "Neoverse-V1", "0x41 0xd49": "Neoverse-N2",
		"0x41 0xd4f": "Neoverse-V2", "0x41 0xd8e": "Neoverse-N3", "0x41 0xd84": "Neoverse-V3",
		"0x46 0x001": "A64FX", "0x48 0xd01": "TaiShan v110", "0x4e 0x004": "Carmel", "0xc0 0xac3": "Ampere-1",
	}
	vendor, model = vendors[implementer], cores[implementer+" "+part]
	if vendor == "" {
		vendor = "ARM implementer " + implementer
	}
	if model == "" {
		model = fmt.Sprintf("%s, part %s", vendor, part)
	}
	return vendor, model
}

package sim

import (
	"regexp"
	"slices"
)

// carrierCode is a carrier's codes and the form of its numbers, for recognising; data, and doubtful where carriers do not publish it.
type carrierCode struct {
	com, kdniao string
	form        *regexp.Regexp
	sample      string // of a new number; # is a digit
}

// carrierCodes are tried in order: the more certain forms first.
var carrierCodes = []carrierCode{
	{"shunfeng", "SF", regexp.MustCompile(`^SF\d{13}$|^\d{12}$`), "SF#############"},
	{"yuantong", "YTO", regexp.MustCompile(`^YT\d{13}(\d{2})?$|^[A-Z]\d{10}$`), "YT#############"},
	{"jtexpress", "JTSD", regexp.MustCompile(`^JT\d{13}$`), "JT#############"},
	{"jd", "JD", regexp.MustCompile(`^JD[A-Z0-9]{1,2}\d{11,13}$`), "JDVA###########"},
	{"debangkuaidi", "DBL", regexp.MustCompile(`^DPK\d{12}$|^\d{9,10}$`), "DPK############"},
	{"danniao", "DNWL", regexp.MustCompile(`^610\d{11,12}$`), "610############"},
	{"shentong", "STO", regexp.MustCompile(`^77\d{13}$`), "77#############"},
	{"zhongtong", "ZTO", regexp.MustCompile(`^(78|75|73|76)\d{10,12}$|^ZTO?\d{12,14}$`), "78############"},
	{"yunda", "YD", regexp.MustCompile(`^[34]\d{14}$|^[34]\d{12}$`), "43#############"},
	{"ems", "EMS", regexp.MustCompile(`^[A-Z]{2}\d{9}CN$|^1[01]\d{11}$`), "10###########"},
	{"youzhengguonei", "YZPY", regexp.MustCompile(`^9[0-9]\d{11}$`), "99###########"},
	{"zhaijisong", "ZJS", regexp.MustCompile(`^A\d{12}$|^ZJS\d{12}$`), "ZJS############"},
	{"kuayue", "KYSY", regexp.MustCompile(`^KY\d{13}$`), "KY#############"},
	{"youshuwuliu", "UC", regexp.MustCompile(`^UC\d{12}$|^518\d{10}$`), "518##########"},
	{"huitongkuaidi", "HTKY", regexp.MustCompile(`^55\d{13}$|^B\d{13}$`), "55#############"},
}

// recognise lists the carriers a number may belong to, likeliest first.
func recognise(num string) []carrierCode {
	found := []carrierCode{}
	for _, c := range carrierCodes {
		if c.form.MatchString(num) && moves(c.com, num) {
			found = append(found, c)
		}
	}
	return found
}

func carrierByKdniao(code string) (carrierCode, bool) {
	i := slices.IndexFunc(carrierCodes, func(c carrierCode) bool { return c.kdniao == code })
	if i < 0 {
		return carrierCode{}, false
	}
	return carrierCodes[i], true
}

func carrierByCom(com string) (carrierCode, bool) {
	i := slices.IndexFunc(carrierCodes, func(c carrierCode) bool { return c.com == com })
	if i < 0 {
		return carrierCode{}, false
	}
	return carrierCodes[i], true
}

// newNumber makes a number a carrier could print.
func (s *Server) newNumber(c carrierCode) string {
	out := []byte(c.sample)
	for i := range out {
		if out[i] == '#' {
			out[i] = s.digits(1)[0]
		}
	}
	return string(out)
}

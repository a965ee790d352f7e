package address

import (
	"slices"
	"strings"
)

const maxMorePhones = 4

// ValidMobile says whether s is a mobile number of the mainland: 11 digits, 1
// and then 3 to 9 first.
func ValidMobile(s string) bool {
	return len(s) == 11 && isMobile([]rune(s))
}

// ValidPhone says whether s is a number a courier can call: a mobile, a
// landline with area code ("0755-12345678", an extension may follow), a
// 400/800 number, or one of Hong Kong, Macau or Taiwan ("+852…").
func ValidPhone(s string) bool {
	src, cut := normalise(s)
	var a Address
	src.takePhones(&a)
	return !cut && a.Phone != "" && len(a.MorePhones) == 0 && len(src.tokens()) == 0
}

// MaskPhone hides the middle of a number for display: 138****8000.
func MaskPhone(phone string) string {
	switch area, number, ok := strings.Cut(phone, "-"); {
	case phone == "":
		return ""
	case ok && strings.HasPrefix(area, "0") && len(number) >= 7:
		return area + "-****" + number[min(4, len(number)-3):]
	case ValidMobile(area):
		return area[:3] + "****" + area[7:]
	}
	r := []rune(phone)
	shown := min(4, len(r)/3)
	return strings.Repeat("*", min(8, len(r)-shown)) + string(r[len(r)-shown:])
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func allDigits(r []rune) bool {
	return !slices.ContainsFunc(r, func(c rune) bool { return !isDigit(c) })
}

func isMobile(r []rune) bool {
	return len(r) == 11 && allDigits(r) && r[0] == '1' && r[1] >= '3'
}

// found is a phone number in the text.
type found struct {
	from, to int
	number   string
	mobile   bool
}

// takePhones moves the numbers of the text into the address: the first mobile,
// or else the first number, becomes the Phone.
func (s *source) takePhones(a *Address) {
	var all []found
	for i := 1; i < len(s.fold); i++ {
		if f, ok := s.phoneStarting(i); ok {
			if strings.ContainsRune(f.number, '*') {
				a.note(NotePhoneMasked)
			} else {
				all = append(all, f)
			}
			f.from = s.prefixed(f.from)
			s.blank(f.from, f.to)
			s.phones = append(s.phones, span{f.from, f.to})
			i = f.to - 1
		}
	}
	first := max(0, slices.IndexFunc(all, func(f found) bool { return f.mobile }))
	for i, f := range all {
		switch {
		case i == first:
			a.Phone = f.number
		case f.number != all[first].number && len(a.MorePhones) < maxMorePhones && !slices.Contains(a.MorePhones, f.number):
			a.MorePhones = append(a.MorePhones, f.number)
			a.note(NotePhoneMore)
		}
	}
}

// prefixed steps back over +86, 86-, (+86) and 0086 in front of a number.
func (s *source) prefixed(from int) int {
	if s.fold[from-1] == '+' {
		return from - 1
	}
	i := from
	for i > 0 && (s.fold[i-1] == soft || s.fold[i-1] == '-' || s.fold[i-1] == ')') {
		i--
	}
	for _, code := range []string{"0086", "86"} {
		at := i - len(code)
		if at < 1 || !s.hasAt(at, code) || isDigit(s.fold[at-1]) {
			continue
		}
		for at > 1 && (s.fold[at-1] == '+' || s.fold[at-1] == '(') {
			at--
		}
		return at
	}
	return from
}

// phoneStarting finds a number that starts at position i.
func (s *source) phoneStarting(i int) (found, bool) {
	r := s.fold[i]
	switch {
	case (r == '+' || r == '0') && !isDigit(s.fold[i-1]):
		if f, ok := s.abroad(i); ok {
			return f, true
		}
		if f, ok := s.landline(i); ok || r == '+' {
			return f, ok
		}
	case r == '(' && s.fold[i+1] == '0':
		return s.landline(i)
	case !isDigit(r) || isDigit(s.fold[i-1]):
		return found{}, false
	}
	if f, ok := s.mobileRun(i); ok {
		return f, true
	}
	if f, ok := s.mobileGroups(i); ok {
		return f, true
	}
	return s.hotline(i)
}

func (s *source) digitsEnd(i int) int {
	for i < len(s.fold) && isDigit(s.fold[i]) {
		i++
	}
	return i
}

// mobileRun reads a run of digits that holds a mobile number: alone, behind
// digits that belong to something else ("301" + number), or before a postcode.
func (s *source) mobileRun(i int) (found, bool) {
	j := s.digitsEnd(i)
	switch n := j - i; {
	case n == 3:
		return s.masked(i, j)
	case n < 11 || n > 17:
		return found{}, false
	case isMobile(s.fold[j-11 : j]):
		rest := string(s.fold[i : j-11])
		if rest == "86" || rest == "0086" {
			return s.extended(found{i, j, string(s.fold[j-11 : j]), true}), true
		}
		return s.extended(found{j - 11, j, string(s.fold[j-11 : j]), true}), true
	case n == 17 && isMobile(s.fold[i:i+11]): // a postcode is glued to it
		return found{i, i + 11, string(s.fold[i : i+11]), true}, true
	}
	return found{}, false
}

// masked reads 138****8000.
func (s *source) masked(i, j int) (found, bool) {
	k := j
	for k < len(s.fold) && (s.fold[k] == '*' || s.fold[k] == 'x') {
		k++
	}
	end := s.digitsEnd(k)
	if k-j < 3 || k-j > 6 || end-k < 2 || end-k > 4 || s.fold[i] != '1' {
		return found{}, false
	}
	return found{i, end, "***", true}, true
}

// extended takes the extension of a privacy number along: 13800138000-1234,
// 13800138000转1234.
func (s *source) extended(f found) found {
	i := f.to
	switch {
	case s.hasAt(i, "-"):
		i++
	case s.hasAt(i, "转"):
		i++
	case s.fold[i] == hard && s.hasAt(i+1, "转"):
		i += 2
	default:
		return f
	}
	if end := s.digitsEnd(i); end-i >= 3 && end-i <= 5 {
		return found{f.from, end, f.number + "-" + string(s.fold[i:end]), f.mobile}
	}
	return f
}

// mobileGroupings are the ways people break a mobile number into groups.
var mobileGroupings = [][]int{{3, 4, 4}, {3, 3, 5}, {3, 8}, {4, 3, 4}, {4, 4, 3}, {3, 5, 3}, {7, 4}, {5, 6}, {3, 2, 2, 2, 2}, {3, 4, 2, 2}, {5, 3, 3}}

// mobileGroups reads 138 0013 8000, 138-0013-8000 and the like.
func (s *source) mobileGroups(i int) (found, bool) {
	from := i
	for _, country := range []string{"0086", "86"} {
		if s.hasAt(i, country) {
			i += len(country)
			break
		}
	}
	digits, end := s.groups(i, mobileGroupings)
	if !isMobile(digits) {
		return found{}, false
	}
	return s.extended(found{from, end, string(digits), true}), true
}

// groups reads digits broken into one of the groupings by single separators.
func (s *source) groups(i int, groupings [][]int) (digits []rune, end int) {
	for _, sizes := range groupings {
		digits, p := digits[:0], i
		for g, size := range sizes {
			if g > 0 {
				p = s.skipJoint(p)
			}
			q := s.digitsEnd(p)
			if q-p != size {
				break
			}
			digits = append(digits, s.fold[p:q]...)
			if p = q; g == len(sizes)-1 {
				return digits, p
			}
		}
	}
	return nil, i
}

// skipJoint steps over what may stand between two groups of a number.
func (s *source) skipJoint(p int) int {
	for n := 0; n < 3 && p < len(s.fold) && (s.fold[p] == soft || s.fold[p] == '-' || s.fold[p] == '.' || s.fold[p] == ')' || s.fold[p] == '·'); n++ {
		p++
	}
	return p
}

// landline reads 0755-12345678, (010)1234 5678, 02112345678, with an extension.
func (s *source) landline(i int) (found, bool) {
	from := i
	if s.fold[i] == '(' {
		i++
	}
	j := s.digitsEnd(i)
	if j-i < 3 || s.fold[i] != '0' || s.fold[i+1] == '0' {
		return found{}, false
	}
	area := 4
	if s.fold[i+1] == '1' || s.fold[i+1] == '2' {
		area = 3
	}
	if j-i < area {
		return found{}, false
	}
	code := string(s.fold[i : i+area])
	number, end := s.groups(s.skipJoint(i+area), [][]int{{8}, {7}, {4, 4}, {3, 4}, {4, 3}})
	if number == nil || j-i > area && end != j || number[0] == '0' {
		return found{}, false
	}
	return s.extended(found{from, end, code + "-" + string(number), false}), true
}

// hotline reads 400 and 800 numbers.
func (s *source) hotline(i int) (found, bool) {
	digits, end := s.groups(i, [][]int{{10}, {3, 3, 4}, {3, 4, 3}, {3, 7}, {4, 3, 3}, {4, 6}})
	if digits == nil || !strings.HasPrefix(string(digits), "400") && !strings.HasPrefix(string(digits), "800") {
		return found{}, false
	}
	return found{i, end, string(digits), false}, true
}

// abroad reads numbers of Hong Kong, Macau and Taiwan: +852 1234 5678.
func (s *source) abroad(i int) (found, bool) {
	p := i + 1
	if s.hasAt(i, "00") {
		p = i + 2
	} else if s.fold[i] != '+' {
		return found{}, false
	}
	for _, code := range []string{"852", "853", "886"} {
		if !s.hasAt(p, code) {
			continue
		}
		digits, end := s.groups(s.skipJoint(p+3), [][]int{{8}, {9}, {10}, {4, 4}, {3, 3, 3}, {4, 3, 3}, {1, 8}, {2, 4, 4}, {1, 4, 4}})
		if digits != nil {
			return found{i, end, "+" + code + string(digits), true}, true
		}
	}
	return found{}, false
}

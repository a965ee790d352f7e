// Package address reads a pasted text of name, phone and address, in any
// order, into its parts. What it did not find stays empty and is named.
package address

import (
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/region"
)

// MaxRunes is how much of a text is read; the rest is left out and noted.
const MaxRunes = 1000

// Part names a field of an Address in Missing.
type Part string

// The parts an address needs to be delivered to.
const (
	PartName     Part = "name"
	PartPhone    Part = "phone"
	PartProvince Part = "province"
	PartCity     Part = "city"
	PartDistrict Part = "district"
	PartDetail   Part = "detail"
)

// Note is a stable code for something a person should look at.
type Note string

// The notes.
const (
	NoteTooLong           Note = "text.cut"             // more than MaxRunes; the end was not read
	NoteNameGuessed       Note = "name.guessed"         // chosen by its place and shape, no label said so
	NotePhoneMasked       Note = "phone.masked"         // a number with stars was left out
	NotePhoneMore         Note = "phone.more"           // further numbers are in MorePhones
	NoteRegionInferred    Note = "region.inferred"      // a province or city was not written; only one fits
	NoteRegionShort       Note = "region.short"         // rests on one short name without 省, 市, 区
	NoteDistrictRenamed   Note = "district.renamed"     // a former name was replaced by the one of today
	NoteDistrictAmbiguous Note = "district.ambiguous"   // several regions have the name; see Candidates
	NoteRegionConflict    Note = "region.contradiction" // a second region contradicts the first and stays in Detail
)

// Address is what a text was understood to say.
type Address struct {
	Name       string   // 张三, 李女士
	Phone      string   // digits only: 13800138000; landline 0755-12345678; abroad +852…; privacy numbers 13800138000-1234
	MorePhones []string // at most 4 further numbers
	Province   string   // 广东省
	City       string   // 深圳市; 县 for the counties of Chongqing, as in the table of regions
	District   string   // 南山区
	RegionCode string   // six digits of the deepest part found, "" when none
	Detail     string   // street, house, door: what remains of the text
	Postcode   string   // six digits, when one was written
	Confidence int      // 0 to 100; below 80 a person should look at it
	Missing    []Part   // parts that were not found, in the order of the form
	Notes      []Note   // what a person should look at
	Candidates []string // region codes among which the text does not decide, at most 8
}

// Has says whether the address carries the note.
func (a *Address) Has(n Note) bool {
	return slices.Contains(a.Notes, n)
}

func (a *Address) note(n Note) {
	if !a.Has(n) {
		a.Notes = append(a.Notes, n)
	}
}

// Recognise reads a pasted text. It never fails: a text that says nothing
// gives an Address in which every part is missing.
func Recognise(text string) Address {
	var a Address
	s, cut := normalise(text)
	if cut {
		a.note(NoteTooLong)
	}
	s.takeLabels(&a)
	s.takePhones(&a)
	s.takePostcode(&a)
	s.takeRegion(&a)
	tokens := a.withoutRegion(s.tokens())
	if a.Name == "" {
		tokens = takeName(&a, tokens)
	}
	a.Detail = joinDetail(tokens)
	a.judge()
	return a
}

// setRegion fills the region fields from the deepest region known.
func (a *Address) setRegion(r region.Region) {
	a.RegionCode = r.Code
	for _, p := range r.Path() {
		switch p.Level {
		case region.Province:
			a.Province = p.Name
		case region.City:
			a.City = p.Name
		case region.District:
			a.District = p.Name
		}
	}
	if a.City == "" && r.IsMunicipality() {
		a.City = r.Name
	}
}

// withoutRegion drops pieces that only name the province or city again.
func (a *Address) withoutRegion(tokens []token) []token {
	r, ok := region.ByCode(a.RegionCode)
	if !ok {
		return tokens
	}
	return slices.DeleteFunc(tokens, func(t token) bool {
		return len(t.text) <= 24 && slices.ContainsFunc(r.Path(), func(p region.Region) bool {
			return p.Level < region.District && (t.text == p.Name || slices.Contains(p.Aliases(), t.text))
		})
	})
}

// costs of a missing part and of a note, in points of Confidence.
var (
	partCost = map[Part]int{PartName: 20, PartPhone: 20, PartProvince: 20, PartCity: 20, PartDistrict: 15, PartDetail: 20}
	noteCost = map[Note]int{
		NoteTooLong: 15, NoteNameGuessed: 5, NotePhoneMasked: 5, NotePhoneMore: 5, NoteRegionInferred: 2, NoteRegionShort: 10,
		NoteDistrictRenamed: 5, NoteDistrictAmbiguous: 5, NoteRegionConflict: 25,
	}
)

// judge names what is missing and sums up the confidence.
func (a *Address) judge() {
	points := 100
	for _, p := range []struct {
		part  Part
		value string
	}{{PartName, a.Name}, {PartPhone, a.Phone}, {PartProvince, a.Province}, {PartCity, a.City}, {PartDistrict, a.District}, {PartDetail, a.Detail}} {
		if p.value == "" && !(p.part == PartDistrict && a.hasNoDistricts()) {
			a.Missing = append(a.Missing, p.part)
			points -= partCost[p.part]
		}
	}
	for _, n := range a.Notes {
		points -= noteCost[n]
	}
	a.Confidence = max(0, points)
}

// hasNoDistricts says that the city found is not divided further.
func (a *Address) hasNoDistricts() bool {
	r, ok := region.ByCode(a.RegionCode)
	return ok && r.Level == region.City && len(r.Children()) == 0
}

// courtesies are pieces that people paste along and nobody delivers to.
var courtesies = map[string]bool{
	"谢谢": true, "谢谢啦": true, "麻烦了": true, "你好": true, "您好": true, "亲": true, "寄到": true, "寄": true, "发到": true, "收": true,
	"中国": true, "中国大陆": true, "好的": true, "复制": true, "默认": true, "查看全部": true, "ok": true, "OK": true, "家": true, "公司": true,
	"86": true, "+86": true,
}

func joinDetail(tokens []token) string {
	var kept []string
	for _, t := range tokens {
		if !courtesies[t.text] {
			kept = append(kept, t.text)
		}
	}
	return strings.Join(kept, " ")
}

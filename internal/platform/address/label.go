package address

import "slices"

type labelKind int8

const (
	labelName    labelKind = iota + 1
	labelPhone             // its number is found without it
	labelPlace             // region or address: read like unlabelled text
	labelPost              // six digits follow
	labelUseless           // what follows does not belong to the address
)

// label is a word that announces a part. A strong one needs no colon.
type label struct {
	word   []rune
	kind   labelKind
	strong bool
}

// labels by first character, the longest first.
var labels = index(
	strong(labelName, "收货人姓名", "收件人姓名", "联系人姓名", "收货人名称", "收货人", "收件人", "联系人", "收信人", "真实姓名", "收货姓名", "收件姓名"),
	weak(labelName, "姓名", "名字", "收件", "收方", "收", "寄给", "发给", "送给", "name", "receiver", "consignee", "取件人", "客户", "客户姓名"),
	strong(labelPhone, "收货人手机号码", "收件人手机号码", "收货人手机号", "收件人手机号", "收货人手机", "收件人手机", "收货人电话", "收件人电话",
		"手机号码", "联系电话", "联系方式", "电话号码", "收货电话", "收件电话", "联系手机", "手机号", "固定电话", "备用电话", "收货手机", "手机/电话", "电话/手机"),
	weak(labelPhone, "手机", "电话", "座机", "固话", "电联", "tel", "mobile", "phone", "telephone", "cell"),
	strong(labelPlace, "所在地区", "所在区域", "收货地区", "所在省市", "详细地址", "收货地址", "收件地址", "收件人地址", "收货人地址", "联系地址",
		"街道地址", "邮寄地址", "快递地址", "寄件地址", "收货详细地址", "具体地址", "家庭地址", "省市区"),
	weak(labelPlace, "地址", "寄到", "发到", "送到", "收货信息", "收件信息", "收货人信息", "地址信息", "住址", "地区", "区域", "省份", "城市", "所在城市", "区县", "街道", "乡镇", "街道/镇", "省", "市", "区", "县", "区/县", "详细", "门牌号", "楼号-门牌号", "小区", "address", "addr",
		"省/市/区", "省市", "所在地", "国家", "国家/地区"),
	strong(labelPost, "邮政编码"),
	weak(labelPost, "邮编", "zip", "postcode", "邮政"),
	weak(labelUseless, "订单编号", "订单号", "备注", "买家昵称", "买家旺旺", "旺旺", "昵称", "会员名", "商品", "商品名称", "宝贝", "数量", "留言", "买家留言", "卖家备注",
		"物流单号", "运单号", "快递单号", "下单时间", "付款时间", "成交时间", "创建时间", "身份证", "身份证号", "身份证号码", "规格", "交易号", "支付宝交易号", "email",
		"邮箱", "电子邮箱", "微信", "微信号", "qq", "金额", "实付款", "店铺", "地址类型", "标签", "地址标签"),
)

func strong(kind labelKind, words ...string) []label { return spell(kind, true, words) }
func weak(kind labelKind, words ...string) []label   { return spell(kind, false, words) }

func spell(kind labelKind, strong bool, words []string) []label {
	out := make([]label, len(words))
	for i, w := range words {
		out[i] = label{[]rune(w), kind, strong}
	}
	return out
}

func index(groups ...[]label) map[rune][]label {
	byFirst := map[rune][]label{}
	for _, l := range slices.Concat(groups...) {
		byFirst[l.word[0]] = append(byFirst[l.word[0]], l)
	}
	for _, list := range byFirst {
		slices.SortStableFunc(list, func(a, b label) int { return len(b.word) - len(a.word) })
	}
	return byFirst
}

// labelAt finds a label at position i and where its value begins.
func (s *source) labelAt(i int) (l label, value int, ok bool) {
	for _, l := range labels[s.fold[i]] {
		end := i + len(l.word)
		if end > len(s.fold) || !slices.Equal(s.fold[i:end], l.word) {
			continue
		}
		if value, ok := s.announces(i, end, l); ok {
			return l, value, true
		}
	}
	return label{}, 0, false
}

// announces decides whether the word at from:end is a label here, and not a
// part of a name or a street (手机城, 电话局路).
func (s *source) announces(from, end int, l label) (value int, ok bool) {
	p := end
	for p < len(s.fold) && s.fold[p] == soft {
		p++
	}
	if p < len(s.fold) && (s.fold[p] == ':' || s.fold[p] == '=') {
		// A colon makes a label of a whole word only: 南山区: is none.
		return p + 1, l.strong || len(l.word) > 1 || s.isGap(from-1)
	}
	apart := s.isGap(from - 1)
	switch {
	case l.strong:
		return end, true
	case len(l.word) < 2 || !apart && l.kind != labelPhone:
		return 0, false
	case l.kind == labelPhone || l.kind == labelPost:
		return end, p < len(s.fold) && (isDigit(s.fold[p]) || s.fold[p] == '+' || s.fold[p] == '(' || apart && s.isGap(end))
	case l.kind == labelUseless:
		return 0, false
	}
	return end, s.isGap(end) || l.kind == labelPlace && string(l.word) == "地址" || string(l.word) == "姓名"
}

// takeLabels removes the labels and reads the values that only they tell.
func (s *source) takeLabels(a *Address) {
	for i := 1; i < len(s.fold)-1; i++ {
		l, value, ok := s.labelAt(i)
		if !ok {
			continue
		}
		s.blank(i, value)
		switch l.kind {
		case labelName:
			if a.Name == "" {
				a.Name = s.takeNameValue(value)
			}
		case labelPost:
			s.takePostcodeAt(a, s.skipGaps(value))
		case labelUseless:
			s.blank(value, s.valueEnd(value, false))
		}
		i = value - 1
	}
}

func (s *source) skipGaps(i int) int {
	for i < len(s.fold) && separates(s.fold[i]) {
		i++
	}
	return i
}

// valueEnd is where the value of a label ends: at a separator, the next label
// or, for names, a digit or a blank that does not stand between Latin words.
func (s *source) valueEnd(i int, name bool) int {
	for ; i < len(s.fold); i++ {
		if name {
			i = s.skipCode(i)
		}
		r := s.fold[i]
		if r == hard || name && (isDigit(r) || r == soft && !s.betweenLatin(i) || r == '/') {
			return i
		}
		if _, _, ok := s.labelAt(i); ok {
			return i
		}
	}
	return i
}

// skipCode steps over the [1234] that marketplaces put behind a name.
func (s *source) skipCode(i int) int {
	if end := s.digitsEnd(i + 1); s.fold[i] == '[' && end > i+1 && end < len(s.fold) && s.fold[end] == ']' {
		return end + 1
	}
	return i
}

func (s *source) betweenLatin(i int) bool {
	return isLatin(s.fold[i-1]) && i+1 < len(s.fold) && isLatin(s.fold[i+1])
}

func isLatin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '\''
}

// takePostcode removes a postcode that stands by itself.
func (s *source) takePostcode(a *Address) {
	for i := 1; i < len(s.fold) && a.Postcode == ""; i++ {
		if isDigit(s.fold[i]) && s.isGap(i-1) {
			s.takePostcodeAt(a, i)
		}
	}
}

func (s *source) takePostcodeAt(a *Address, i int) {
	if end := s.digitsEnd(i); end-i == 6 && s.isGap(end) && s.fold[i] <= '8' && a.Postcode == "" {
		a.Postcode = string(s.fold[i:end])
		s.blank(i, end)
	}
}

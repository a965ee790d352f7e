package address

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/region"
)

// MaskName hides a name for display but for its first character: 张*, 王**.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	if len(r) == 0 {
		return ""
	}
	return string(r[:1]) + strings.Repeat("*", min(2, max(1, len(r)-1)))
}

// token is a piece between separators.
type token struct {
	text      string
	from, to  int
	nearPhone bool // only separators between it and a number
	glued     bool // directly behind the region, as a detail is
	inFront   bool // directly in front of the region
}

// tokens cuts what is left of the text at its separators.
func (s *source) tokens() []token {
	var out []token
	for i := 0; i < len(s.text); i++ {
		if s.text[i] == soft || s.text[i] == hard {
			continue
		}
		j := i
		for j < len(s.text) && s.text[j] != hard && (s.text[j] != soft || s.betweenLatin(j)) {
			j++
		}
		if t := s.token(i, j); t.text != "" {
			out = append(out, t)
		}
		i = j
	}
	return out
}

func (s *source) token(from, to int) token {
	text := strings.TrimLeft(string(s.text[from:to]), ":/-=_>·.*#~&^+\\")
	text = strings.TrimRight(text, ":/-=_>·([&^~\\")
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") && !strings.Contains(inner, "(") {
		text = strings.TrimSuffix(inner, ")")
	}
	text = strings.TrimLeft(text, ")]")
	t := token{text: strings.TrimSpace(text), from: from, to: to}
	for _, p := range s.phones {
		t.nearPhone = t.nearPhone || to <= p.from && s.emptyBetween(to, p.from) || p.to <= from && s.emptyBetween(p.to, from)
	}
	t.glued = s.place.to > 0 && from == s.place.to
	t.inFront = s.place.to > 0 && to <= s.place.from && s.text[max(1, s.place.from)-1] != '(' && s.emptyBetween(to, s.place.from)
	return t
}

func (s *source) emptyBetween(from, to int) bool {
	for _, r := range s.text[from:to] {
		if !separates(r) && r != '+' && r != '(' && r != ')' {
			return false
		}
	}
	return true
}

// takeNameValue reads the value of a name label that starts at i.
func (s *source) takeNameValue(i int) string {
	i = s.skipGaps(i)
	end := s.valueEnd(i, true)
	if end-i > 4 {
		end = s.beforeRegion(i, end)
	}
	name := cleanName(strings.TrimSpace(string(s.text[i:end])))
	if name == "" || utf8.RuneCountInString(name) > 30 {
		return ""
	}
	s.blank(i, end)
	return name
}

// beforeRegion ends a name at the full name of a region glued to it.
func (s *source) beforeRegion(from, to int) int {
	for i := from + 1; i < to; i++ {
		for _, m := range region.Matches(nil, s.fold[i:to]) {
			if m.Kind == region.Official && m.Region.Level < region.District {
				return i
			}
		}
	}
	return to
}

// cleanName drops what is written around a name: 收, (收), [8423].
func cleanName(name string) string {
	if open := strings.IndexAny(name, "[("); open > 0 && strings.HasSuffix(name, closing(name[open])) {
		name = name[:open]
	}
	for _, end := range []string{"亲收", "收件", "亲启", "收"} {
		if rest, ok := strings.CutSuffix(name, end); ok && utf8.RuneCountInString(rest) >= 1 {
			name = rest
			break
		}
	}
	return strings.Trim(name, " -.:()[]*")
}

func closing(open byte) string {
	if open == '[' {
		return "]"
	}
	return ")"
}

// takeName picks the piece that looks most like a name and gives the others.
func takeName(a *Address, tokens []token) []token {
	best, at := 0, -1
	for i, t := range tokens {
		if score := nameScore(tokens, i, t); score > best {
			best, at = score, i
		}
	}
	if best >= 4 && !(best < 6 && len(tokens) == 1 && tokens[at].glued) {
		a.Name = cleanName(tokens[at].text)
		a.note(NoteNameGuessed)
		return slices.Delete(slices.Clone(tokens), at, at+1)
	}
	for i, t := range tokens {
		if !t.nearPhone {
			continue
		}
		if rest, name, ok := splitTail(t.text); ok {
			a.Name = cleanName(name)
			a.note(NoteNameGuessed)
			tokens = slices.Clone(tokens)
			tokens[i].text = rest
			return tokens
		}
	}
	return tokens
}

// nameScore weighs how much a piece looks like a name; below 4 it is none.
func nameScore(tokens []token, i int, t token) int {
	name := cleanName(t.text)
	n := utf8.RuneCountInString(name)
	if !nameShaped(name) || courtesies[t.text] || strings.Count(t.text, ")") != strings.Count(t.text, "(") {
		return 0
	}
	score := 0
	if t.nearPhone {
		score += 3
	}
	if hasSurname(name) && n <= 4 {
		score += 2
	}
	if n == 4 && allHan([]rune(name)) && !hasTitle(name) && !hasCompoundSurname(name) {
		score -= 2
	}
	if hasTitle(name) {
		score += 5
	}
	if len(name) < len(t.text) && strings.HasSuffix(strings.TrimRight(t.text, ")"), "收") {
		score += 4
	}
	if strings.ContainsAny(string([]rune(name)[:1]), "小老阿") && n <= 3 {
		score += 2
	}
	if i == 0 || i == len(tokens)-1 {
		score++
	}
	if n == 2 || n == 3 {
		score++
	}
	if t.inFront || i > 0 && !t.glued && endsPlace(tokens[i-1].text) {
		score += 2
	}
	if t.glued {
		score -= 3
	}
	if soundsLikePlace(name) && !hasTitle(name) {
		score -= 5
	}
	return score
}

// nameShaped says that the text could be a name at all: 1 to 4 characters, more
// with a middle dot, or Latin letters.
func nameShaped(name string) bool {
	han, latin := 0, 0
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r) || r == ' ' || r == '.' || r == '\'' || r == '*':
			latin++
		case r != '·' && r != '-':
			return false
		}
	}
	if han == 0 {
		return latin >= 2 && latin <= 30
	}
	return han <= 4 && latin <= 6 || strings.Contains(name, "·") && han <= 15 || han == 5 && hasTitle(name)
}

var titles = []string{"先生", "女士", "小姐", "老师", "师傅", "经理", "太太", "阿姨", "同学", "老板", "医生", "主任", "大哥", "大姐", "叔叔", "总", "某某", "某"}

func hasTitle(name string) bool {
	for _, t := range titles {
		if rest, ok := strings.CutSuffix(name, t); ok && rest != "" {
			return true
		}
	}
	return false
}

const placeEnds = "路街道巷弄号楼栋幢座室层村镇乡县区市省园苑城厦店部厂院站口寓庄旗屯库司场馆校铺房舍所队组段社湾桥府门期排"

// soundsLikePlace says that a text ends like a street, a house or a firm.
func soundsLikePlace(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(placeEnds, last)
}

// endsPlace says that an address is complete here, so that a name may follow.
func endsPlace(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return isDigit(last) || strings.ContainsRune("号楼栋幢座室层房店部铺司厦园苑)", last) || last >= 'A' && last <= 'Z'
}

// splitTail cuts a name off the end of an address: 科技园1号1801室张三.
func splitTail(text string) (rest, name string, ok bool) {
	r := []rune(text)
	for n := 4; n >= 2; n-- {
		cut := len(r) - n
		if cut < 2 || !endsHouse(r[cut-1]) {
			continue
		}
		name := string(r[cut:])
		if allHan(r[cut:]) && (hasSurname(name) || hasTitle(name)) && !soundsLikePlace(name) {
			return string(r[:cut]), name, true
		}
	}
	return text, "", false
}

func endsHouse(r rune) bool {
	return isDigit(r) || strings.ContainsRune("号楼栋幢座室层房元店)", r) || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

func allHan(r []rune) bool {
	return !slices.ContainsFunc(r, func(c rune) bool { return !unicode.Is(unicode.Han, c) })
}

const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄曲封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付代邸岳覃闫佟冼仝苟粟亓修禚栗佘辜"

const compoundSurnames = "欧阳 上官 司马 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 端木 南宫 长孙 宇文 轩辕 百里 呼延 独孤 拓跋 西门 申屠 太史 赫连 澹台 闻人 濮阳 淳于 单于"

// hasCompoundSurname says that a name starts with a surname of two characters.
func hasCompoundSurname(name string) bool {
	r := []rune(name)
	return len(r) > 2 && strings.Contains(compoundSurnames, string(r[:2]))
}

// hasSurname says that a name starts with a Chinese surname.
func hasSurname(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return strings.ContainsRune(surnames, simplify(first))
}

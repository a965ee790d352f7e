package address

import (
	"strings"
	"unicode"
)

// soft and hard separate parts: a blank may stand within a part, the others
// end one. What was taken out of a text is replaced by hard.
const (
	soft = ' '
	hard = '\n'
)

// source is a text on its way to an Address: text is shown, fold (simplified
// characters, lower case) is compared. Both have the same length.
type source struct {
	text, fold []rune
	phones     []span // what was taken out as numbers
	place      span   // what was taken out as the region
}

// span is a range of positions.
type span struct{ from, to int }

// normalise bounds and cleans the text: full-width forms become ASCII,
// separators become soft or hard, emojis and invisible characters vanish.
func normalise(text string) (*source, bool) {
	s := &source{text: make([]rune, 0, min(len(text), MaxRunes+8))}
	s.text = append(s.text, hard)
	cut, n := false, 0
	for _, r := range text {
		if n++; n > MaxRunes {
			cut = true
			break
		}
		if r = clean(r); r >= 0 {
			s.text = append(s.text, r)
		}
	}
	s.text = append(s.text, hard)
	s.fold = make([]rune, len(s.text))
	for i, r := range s.text {
		s.fold[i] = unicode.ToLower(simplify(r))
	}
	return s, cut
}

// clean maps a rune to the one that is kept, to a separator, or to -1.
func clean(r rune) rune {
	switch {
	case unicode.Is(unicode.Han, r), isDigit(r):
		return r
	case r == '　' || r == '\u00a0' || r == '\t' || r == ' ' || r >= 0x2000 && r <= 0x200a:
		return soft
	case strings.ContainsRune("\r\n\v\f\u0085\u2028\u2029", r), strings.ContainsRune(`,，;；。、!！?？|｜"“”'‘’<>《》{}【】「」`, r):
		return hard
	case r >= 0xFF01 && r <= 0xFF5E:
		return clean(r - 0xFEE0)
	case strings.ContainsRune("–—−‐‑‒―", r):
		return '-'
	case r == '•' || r == '‧' || r == '・':
		return '·'
	case r == unicode.ReplacementChar || r >= 0xFE00 && r <= 0xFE0F || r == 0x20E3:
		return -1
	case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r < 0x7f && unicode.IsPrint(r) || r == '·' || r == '℃':
		return r
	case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		return -1
	}
	return hard // emojis, ornaments
}

// blank replaces text[from:to] by hard separators.
func (s *source) blank(from, to int) {
	for i := from; i < to; i++ {
		s.text[i], s.fold[i] = hard, hard
	}
}

// isGap says that position i separates, also by punctuation around it.
func (s *source) isGap(i int) bool {
	return i < 0 || i >= len(s.fold) || separates(s.fold[i])
}

func separates(r rune) bool {
	return r == soft || r == hard || r == ':' || r == '/' || r == '\\' || r == '>' || r == '_' || r == '·' || r == '-' || r == '='
}

// hasAt says that word stands at position i of the folded text.
func (s *source) hasAt(i int, word string) bool {
	for _, r := range word {
		if i >= len(s.fold) || s.fold[i] != r {
			return false
		}
		i++
	}
	return true
}

// traditional and simplified are the characters, pair by pair, that occur in
// names of regions, labels and the endings of addresses.
const (
	traditional = "臺灣東廣龍門區縣鎮鄉貴陝內蘇寧黃盧漢馬樂陽陰長義濟滬澳鳳興華楊劍鐵錦遼營煙濰榮慶萊無錫揚鹽連雲徐鎮淮張橋樹綏豐灤羅蘭涼礦銅陸頭臨麗賓衛萬渦鄭蕪肅麥機場號樓棟層單園廠學電話聯係繫絡詳細國編郵碼證實驗術產業開發資際團車關歷歲齊爾濱哈維圖魯喀贛紹諸溫嶺嘉塊嶼廈閩滄葉魏許韓遠離澤濮運鄲銀醫慈見薊順義懷門頭溝灣觀塘葵荃圍區邊沖員彰雙鶴鷹雞佳兒鳥圍島潛襄陳鍾鐘劉吳許趙孫馮鄧蕭葉閻餘駱賴譚龔範喬龐顏畢譽鄒莊賀顧聶紀應鮑嚴湯韋傑偉強燕莉麗紅軍鋒輝玲芳靜慧瑩師傅經老總婦戶弄衚衕街裏巷嶽瀋潯瀘滎潁瀏澧淶灄璧鑲環盤蓮蔔薩蘄補訥豬貢賢輪邳鄖鄲鉛銀鋼鏡閬陘隴雋靈鞏韶頓饒騰驛鰲麼黔點齡龜"
	simplified  = "台湾东广龙门区县镇乡贵陕内苏宁黄卢汉马乐阳阴长义济沪澳凤兴华杨剑铁锦辽营烟潍荣庆莱无锡扬盐连云徐镇淮张桥树绥丰滦罗兰凉矿铜陆头临丽宾卫万涡郑芜肃麦机场号楼栋层单园厂学电话联系系络详细国编邮码证实验术产业开发资际团车关历岁齐尔滨哈维图鲁喀赣绍诸温岭嘉块屿厦闽沧叶魏许韩远离泽濮运郸银医慈见蓟顺义怀门头沟湾观塘葵荃围区边冲员彰双鹤鹰鸡佳儿鸟围岛潜襄陈钟钟刘吴许赵孙冯邓萧叶阎余骆赖谭龚范乔庞颜毕誉邹庄贺顾聂纪应鲍严汤韦杰伟强燕莉丽红军锋辉玲芳静慧莹师傅经老总妇户弄胡同街里巷岳沈浔泸荥颍浏澧涞滠璧镶环盘莲卜萨蕲补讷猪贡贤轮邳郧郸铅银钢镜阆陉陇隽灵巩韶顿饶腾驿鳌么黔点龄龟"
)

var toSimplified = pairUp([]rune(traditional+"貨姓手機簡訊訂單備註件寄區域稱縣級轄號樹賬戶"), []rune(simplified+"货姓手机简讯订单备注件寄区域称县级辖号树账户"))

func pairUp(from, to []rune) map[rune]rune {
	pairs := make(map[rune]rune, len(from))
	for i, r := range from {
		if r != to[i] {
			pairs[r] = to[i]
		}
	}
	return pairs
}

func simplify(r rune) rune {
	if to, ok := toSimplified[r]; ok {
		return to
	}
	return r
}

package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// subscribeTitle is a title of the public library with its keywords (公共模板库).
type subscribeTitle struct {
	TID      int
	Title    string
	Type     int
	Keywords []subscribeKeyword
}

type subscribeKeyword struct {
	KID     int    `json:"kid"`
	Name    string `json:"name"`
	Example string `json:"example"`
	Rule    string `json:"rule"` // thing, amount …
}

const subscribeCategory = 411 // 电商平台 in the pocket library

// subscribeLibrary is a small part of WeChat's, enough for a shop; an account may also be created with templates of its own.
var subscribeLibrary = []subscribeTitle{
	{307, "订单发货提醒", 2, []subscribeKeyword{{1, "商品名称", "明前龙井", "thing"}, {2, "订单号", "20260101", "character_string"}, {3, "快递公司", "中通快递", "thing"}, {4, "快递单号", "7800001", "character_string"}, {5, "发货时间", "2026-01-01 12:00", "date"}, {6, "备注", "请留意收货", "thing"}}},
	{1221, "订单支付成功通知", 2, []subscribeKeyword{{1, "订单编号", "20260101", "character_string"}, {2, "支付金额", "88.00元", "amount"}, {3, "商品名称", "明前龙井", "thing"}, {4, "支付时间", "2026-01-01 12:00", "date"}, {5, "温馨提示", "感谢惠顾", "thing"}}},
	{1451, "退款通知", 2, []subscribeKeyword{{1, "退款金额", "88.00元", "amount"}, {2, "订单编号", "20260101", "character_string"}, {3, "退款时间", "2026-01-01 12:00", "date"}, {4, "退款原因", "不想要了", "thing"}, {5, "退款状态", "已退款", "phrase"}}},
	{5019, "到货提醒", 2, []subscribeKeyword{{1, "商品名称", "明前龙井", "thing"}, {2, "商品价格", "88.00元", "amount"}, {3, "温馨提示", "库存有限", "thing"}}},
	{2920, "拼团进度通知", 2, []subscribeKeyword{{1, "商品名称", "明前龙井", "thing"}, {2, "拼团进度", "还差 1 人", "thing"}, {3, "拼团价", "66.00元", "amount"}, {4, "剩余人数", "1", "number"}}},
	{3098, "订单待付款提醒", 2, []subscribeKeyword{{1, "订单编号", "20260101", "character_string"}, {2, "待付金额", "88.00元", "amount"}, {3, "截止时间", "2026-01-01 12:00", "date"}, {4, "商品名称", "明前龙井", "thing"}}},
	{9001, "优惠券到期提醒", longTerm, []subscribeKeyword{{1, "券名称", "满 100 减 20", "thing"}, {2, "到期时间", "2026-01-01 12:00", "date"}, {3, "温馨提示", "快来使用", "thing"}}},
}

// newTemplateEndpoints is the library of subscription messages, for mini-programs and service accounts alike.
func (s *Server) newTemplateEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/wxaapi/newtmpl/getcategory", Title: "获取小程序账号的类目", Fidelity: Full, serve: s.withToken(get, false, s.subscribeCategories)},
		{Pattern: "/wxaapi/newtmpl/getpubtemplatetitles", Title: "获取所属类目下的公共模板", Fidelity: Partial, Note: "公共模板库只有七个标题", serve: s.withToken(get, false, s.subscribeTitles)},
		{Pattern: "/wxaapi/newtmpl/getpubtemplatekeywords", Title: "获取关键词列表", Fidelity: Full, serve: s.withToken(get, false, s.subscribeKeywords)},
		{Pattern: "/wxaapi/newtmpl/addtemplate", Title: "添加模板", Fidelity: Full, serve: s.withToken(post, false, s.subscribeAdd)},
		{Pattern: "/wxaapi/newtmpl/gettemplate", Title: "获取个人模板列表", Fidelity: Full, serve: s.withToken(get, false, s.subscribeList)},
		{Pattern: "/wxaapi/newtmpl/deltemplate", Title: "删除模板", Fidelity: Full, serve: s.withToken(post, false, s.subscribeDelete)},
	}
}

type dataAnswer struct {
	apiError
	Count *int `json:"count,omitempty"`
	Data  any  `json:"data"`
}

func (s *Server) subscribeCategories(c *call) {
	c.ok(dataAnswer{apiError: apiOK, Data: []map[string]any{{"id": subscribeCategory, "name": "电商平台"}}})
}

func (s *Server) subscribeTitles(c *call) {
	q := c.r.URL.Query()
	start, err1 := strconv.Atoi(q.Get("start"))
	limit, err2 := strconv.Atoi(q.Get("limit"))
	if q.Get("ids") == "" || err1 != nil || err2 != nil || start < 0 || limit < 1 || limit > 30 {
		c.deny(200014, "invalid args", "ids, start (from 0) and limit (1 to 30) are wanted")
		return
	}
	count, data := len(subscribeLibrary), []map[string]any{}
	if !slices.Contains(strings.Split(q.Get("ids"), ","), itoa(subscribeCategory)) {
		count = 0
	}
	for i := start; i < min(start+limit, count); i++ {
		t := subscribeLibrary[i]
		data = append(data, map[string]any{"tid": t.TID, "title": t.Title, "type": t.Type, "categoryId": itoa(subscribeCategory)})
	}
	c.ok(dataAnswer{apiOK, &count, data})
}

func subscribeTitleOf(tid string) (subscribeTitle, bool) {
	i := slices.IndexFunc(subscribeLibrary, func(t subscribeTitle) bool { return strconv.Itoa(t.TID) == tid })
	if i < 0 {
		return subscribeTitle{}, false
	}
	return subscribeLibrary[i], true
}

func (s *Server) subscribeKeywords(c *call) {
	t, ok := subscribeTitleOf(c.r.URL.Query().Get("tid"))
	if !ok {
		c.fail(200020, "invalid tid")
		return
	}
	n := len(t.Keywords)
	c.ok(dataAnswer{apiOK, &n, t.Keywords})
}

func (s *Server) subscribeAdd(c *call) {
	var in struct {
		TID   looseText `json:"tid"`
		Kids  []int     `json:"kidList"`
		Scene string    `json:"sceneDesc"`
	}
	if !c.json(&in) {
		return
	}
	t, ok := subscribeTitleOf(string(in.TID))
	if !ok {
		c.deny(200020, "invalid tid", "tid %q is not in the pocket library; create the account with subscribe_templates of your own", in.TID)
		return
	}
	if n := len(in.Kids); n < 2 || n > 5 {
		c.deny(200021, "invalid kidList", "kidList has %d keywords, 2 to 5 are allowed", n)
		return
	}
	if len([]rune(in.Scene)) > 15 {
		c.fail(200022, "invalid sceneDesc")
		return
	}
	rows := []string{}
	for _, kid := range in.Kids {
		i := slices.IndexFunc(t.Keywords, func(k subscribeKeyword) bool { return k.KID == kid })
		if i < 0 {
			c.fail(200021, "invalid kidList")
			return
		}
		k := t.Keywords[i]
		rows = append(rows, k.Name+":{{"+k.Rule+strconv.Itoa(k.KID)+".DATA}}")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	book := s.subscribeBook(c.app.AppID)
	if len(book.Templates) >= maxSubscribeBook {
		c.fail(200012, "private template count exceeds limit")
		return
	}
	made := SubscribeTemplate{ID: s.pick(43, letters+"-_"), Title: t.Title, Content: strings.Join(rows, "\n"), Type: t.Type}
	book.Templates = append(slices.Clone(book.Templates), made)
	s.touch("subscribe_book", c.app.AppID)
	c.ok(struct {
		apiError
		ID string `json:"priTmplId"`
	}{apiOK, made.ID})
}

func (s *Server) subscribeList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := []map[string]any{}
	for _, t := range s.subscribeBook(c.app.AppID).Templates {
		kind, rows := t.Type, []string{}
		if kind == 0 {
			kind = 2
		}
		for _, p := range placeholders(t.Content) {
			rows = append(rows, p.Label+":"+p.Value)
		}
		data = append(data, map[string]any{"priTmplId": t.ID, "title": t.Title, "content": t.Content, "example": strings.Join(rows, "\n"), "type": kind})
	}
	c.ok(dataAnswer{apiError: apiOK, Data: data})
}

func (s *Server) subscribeDelete(c *call) {
	var in struct {
		ID string `json:"priTmplId"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	book := s.subscribeBook(c.app.AppID)
	left := slices.DeleteFunc(slices.Clone(book.Templates), func(t SubscribeTemplate) bool { return t.ID == in.ID })
	if len(left) == len(book.Templates) {
		c.fail(40037, "invalid template_id")
		return
	}
	book.Templates = left
	s.touch("subscribe_book", c.app.AppID)
	c.ok(apiOK)
}

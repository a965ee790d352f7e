package sim

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const maxTemplates = 25

// libraryTemplate is an entry of the public template library that api_add_template chooses from.
type libraryTemplate struct {
	title    string
	keywords []line // Label: keyword, Value: type and number
}

// library is a small part of WeChat's, enough for a shop; an account may also be created with templates of its own.
var library = map[string]libraryTemplate{
	"43216": {"订单支付成功通知", []line{{Label: "订单编号", Value: "character_string2"}, {Label: "商品名称", Value: "thing4"}, {Label: "支付金额", Value: "amount5"}, {Label: "支付时间", Value: "time7"}}},
	"42984": {"订单发货通知", []line{{Label: "订单编号", Value: "character_string2"}, {Label: "商品名称", Value: "thing4"}, {Label: "快递公司", Value: "thing13"}, {Label: "快递单号", Value: "character_string14"}, {Label: "发货时间", Value: "time12"}}},
	"44024": {"订单签收通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "商品名称", Value: "thing2"}, {Label: "签收时间", Value: "time3"}}},
	"46622": {"退款成功通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "退款金额", Value: "amount2"}, {Label: "退款时间", Value: "time3"}, {Label: "退款原因", Value: "thing4"}}},
	"48058": {"售后进度通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "售后状态", Value: "phrase2"}, {Label: "更新时间", Value: "time3"}, {Label: "说明", Value: "thing4"}}},
	"43213": {"订单待付款提醒", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "商品名称", Value: "thing2"}, {Label: "待付金额", Value: "amount3"}, {Label: "截止时间", Value: "time4"}}},
}

// valueLimits are characters by key type (A6).
var valueLimits = map[string]int{"thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "amount": 14, "phone_number": 17, "car_number": 8, "name": 10, "phrase": 5}

var typedKey = regexp.MustCompile(`^([a-z_]+?)_?\d+$`)

type templateMessage struct {
	ToUser     string `json:"touser"`
	TemplateID string `json:"template_id"`
	URL        string `json:"url"`
	Client     string `json:"client_msg_id"`
	Mini       struct {
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
	} `json:"miniprogram"`
	Data map[string]struct {
		Value string `json:"value"`
		Color string `json:"color"`
	} `json:"data"`
}

// clientMessage remembers a client_msg_id for ten minutes (防重入 id).
type clientMessage struct {
	MsgID int64     `json:"msgid"`
	Until time.Time `json:"until"`
}

const (
	clientMessageLife = 10 * time.Minute
	maxClientMessages = 100_000
)

type templateAnswer struct {
	apiError
	MsgID int64 `json:"msgid"`
}

func (s *Server) templateSend(c *call) {
	var in templateMessage
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		return
	}
	i := slices.IndexFunc(c.app.Templates, func(t Template) bool { return t.ID == in.TemplateID })
	switch {
	case i < 0:
		c.fail(40037, "invalid template_id")
		return
	case !f.Subscribed:
		c.fail(43004, "require subscribe")
		return
	case len(in.URL) > menuURL:
		c.fail(40066, "invalid url")
		return
	}
	clients, key, now := s.world.official.clients, f.OpenID+"|"+in.Client, s.Clock.Now()
	if old := clients[key]; in.Client != "" && old != nil && now.Before(old.Until) {
		c.ok(templateAnswer{apiOK, old.MsgID})
		c.entry.Reason = "client_msg_id was used within ten minutes: nothing is sent again"
		return
	}
	body, why := templateCard(c.app.Templates[i], &in)
	if why != "" {
		c.fail(47003, "argument invalid! "+why)
		return
	}
	id := s.next()*1_000_000_007%1_000_000_000_000 + 3_000_000_000_000_000_000
	if in.Client != "" {
		s.rememberClient(key, &clientMessage{id, now.Add(clientMessageLife)})
	}
	state := "success"
	switch d := s.desk(c.app.AppID); {
	case f.Refuses || f.Black:
		state = "failed:user block"
	case d.TemplateState != "":
		state = d.TemplateState
	default:
		s.fromAccount(c.app, f.Person, body)
	}
	push := s.event(c.app, f, "TEMPLATESENDJOBFINISH", xmlField{"MsgID", itoa(id)}, xmlField{"Status", state})
	s.background(func() { s.push(push) })
	c.ok(templateAnswer{apiOK, id})
}

func (s *Server) rememberClient(key string, m *clientMessage) {
	clients := s.world.official.clients
	if len(clients) >= maxClientMessages {
		for old, c := range clients {
			if !s.Clock.Now().Before(c.Until) {
				delete(clients, old)
				s.touch("client_msg", old)
			}
		}
	}
	clients[key] = m
	s.touch("client_msg", key)
}

// templateCard fills a template; why tells what is wrong with the values.
func templateCard(t Template, in *templateMessage) (body content, why string) {
	body = content{Type: "template", Title: t.Title, URL: in.URL, AppID: in.Mini.AppID, PagePath: in.Mini.PagePath}
	for _, p := range placeholders(t.Content) {
		value, given := in.Data[p.Value]
		if why := checkValue(p.Value, value.Value, given); why != "" {
			return body, "data." + p.Value + ".value " + why
		}
		switch p.Value {
		case "first":
			body.First = value.Value
		case "remark":
			body.Remark = value.Value
		default:
			body.Lines = append(body.Lines, line{Label: p.Label, Value: value.Value, Color: value.Color})
		}
	}
	return body, ""
}

// checkValue holds a value to the limit of its key's type; old free-form keys (first, keyword1, remark) have none.
func checkValue(key, value string, given bool) string {
	m := typedKey.FindStringSubmatch(key)
	if m == nil {
		return ""
	}
	limit, typed := valueLimits[m[1]]
	switch {
	case !typed:
		return ""
	case !given || value == "":
		return "is empty"
	case utf8.RuneCountInString(value) > limit:
		return "is too long"
	case m[1] == "number" && strings.Trim(value, "0123456789.-") != "":
		return "is not a number"
	}
	return ""
}

func (s *Server) templateList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]map[string]string, 0, len(c.app.Templates))
	for _, t := range c.app.Templates {
		list = append(list, map[string]string{"template_id": t.ID, "title": t.Title, "primary_industry": "消费品", "deputy_industry": "消费品", "content": t.Content, "example": ""})
	}
	c.ok(map[string]any{"template_list": list})
}

func (s *Server) templateAdd(c *call) {
	var in struct {
		Short    string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list"`
	}
	if !c.json(&in) {
		return
	}
	entry, ok := library[in.Short]
	if !ok {
		c.deny(40036, "invalid template_id size", "template %q is not in the pocket library; create the account with templates of your own", in.Short)
		return
	}
	rows := make([]string, 0, len(entry.keywords))
	for _, k := range entry.keywords {
		if len(in.Keywords) == 0 || slices.Contains(in.Keywords, k.Label) {
			rows = append(rows, k.Label+"：{{"+k.Value+".DATA}}")
		}
	}
	if len(rows) == 0 || len(in.Keywords) > len(rows) {
		c.deny(40035, "invalid parameter", "keyword_name_list names a keyword that template %s does not have", in.Short)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(c.app.Templates) >= maxTemplates {
		c.fail(45026, "template num exceeds limit")
		return
	}
	t := Template{ID: s.pick(43, letters+"-_"), Title: entry.title, Content: strings.Join(rows, "\n")}
	c.app.Templates = append(slices.Clone(c.app.Templates), t)
	s.touch("account", c.app.AppID)
	c.ok(struct {
		apiError
		ID string `json:"template_id"`
	}{apiOK, t.ID})
}

func (s *Server) templateDelete(c *call) {
	var in struct {
		ID string `json:"template_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(c.app.Templates), func(t Template) bool { return t.ID == in.ID })
	if len(left) == len(c.app.Templates) {
		c.fail(40037, "invalid template_id")
		return
	}
	c.app.Templates = left
	s.touch("account", c.app.AppID)
	c.ok(apiOK)
}

// industries are the classes of 模板消息所属行业, by number.
var industries = [...][2]string{{}, {"IT科技", "互联网|电子商务"}, {"IT科技", "IT软件与服务"}, {"IT科技", "IT硬件与设备"}, {"IT科技", "电子技术"}, {"IT科技", "通信与运营商"}, {"IT科技", "网络游戏"},
	{"金融业", "银行"}, {"金融业", "基金|理财|信托"}, {"金融业", "保险"}, {"餐饮", "餐饮"}, {"酒店旅游", "酒店"}, {"酒店旅游", "旅游"}, {"运输与仓储", "快递"}, {"运输与仓储", "物流"}, {"运输与仓储", "仓储"},
	{"教育", "培训"}, {"教育", "院校"}, {"政府与公共事业", "学术科研"}, {"政府与公共事业", "交警"}, {"政府与公共事业", "博物馆"}, {"政府与公共事业", "公共事业|非盈利机构"}, {"医药护理", "医药医疗"}, {"医药护理", "护理美容"},
	{"医药护理", "保健与卫生"}, {"交通工具", "汽车相关"}, {"交通工具", "摩托车相关"}, {"交通工具", "火车相关"}, {"交通工具", "飞机相关"}, {"房地产", "建筑"}, {"房地产", "物业"}, {"消费品", "消费品"}, {"商业服务", "法律"},
	{"商业服务", "会展"}, {"商业服务", "中介服务"}, {"商业服务", "认证"}, {"商业服务", "审计"}, {"文体娱乐", "传媒"}, {"文体娱乐", "体育"}, {"文体娱乐", "娱乐休闲"}, {"印刷", "印刷"}, {"其它", "其它"}}

const usualIndustry = 31 // 消费品, of an account that has not chosen

func (s *Server) templateIndustry(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chosen := [2]int{usualIndustry, usualIndustry}
	if d := s.desk(c.app.AppID); d.Industry != nil {
		chosen = *d.Industry
	}
	class := func(n int) map[string]string {
		return map[string]string{"first_class": industries[n][0], "second_class": industries[n][1]}
	}
	c.ok(map[string]any{"primary_industry": class(chosen[0]), "secondary_industry": class(chosen[1])})
}

// templateSetIndustry chooses the two industries, once a calendar month.
func (s *Server) templateSetIndustry(c *call) {
	var in struct {
		First  flexID `json:"industry_id1"`
		Second flexID `json:"industry_id2"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, now := s.desk(c.app.AppID), s.Clock.Now()
	switch {
	case in.First < 1 || in.Second < 1 || int(in.First) >= len(industries) || int(in.Second) >= len(industries):
		c.fail(40102, "invalid industry id")
	case d.Industry != nil && d.IndustrySet.In(shanghai).Format("2006-01") == now.Format("2006-01"):
		c.fail(43100, "change template too frequently")
	default:
		d.Industry, d.IndustrySet = &[2]int{int(in.First), int(in.Second)}, now
		s.touchDesk(c.app.AppID)
		c.ok(apiOK)
	}
}

// templateBlocked lists template messages that WeChat held back; the pocket WeChat holds none back.
func (s *Server) templateBlocked(c *call) {
	var in struct {
		Template string `json:"tmpl_msg_id"`
		Largest  flexID `json:"largest_id"`
		Limit    int    `json:"limit"`
	}
	if !c.json(&in) {
		return
	}
	if !slices.ContainsFunc(c.app.Templates, func(t Template) bool { return t.ID == in.Template }) {
		c.fail(40037, "invalid template_id")
		return
	}
	if in.Limit < 1 || in.Limit > 100 {
		c.fail(40097, "invalid args")
		return
	}
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "msginfo": []any{}})
}

import java.io.*; import java.math.*; import java.nio.*; import java.util.*;
import org.apache.avro.*; import org.apache.avro.file.*; import org.apache.avro.generic.*;
public class Write {
  static String ssn(int n){ return String.format("512-44-7%03d", n); }
  public static void main(String[] a) throws Exception {
    Schema s = new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"Person\",\"namespace\":\"org.example\",\"fields\":["
     +"{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"name\",\"type\":{\"type\":\"string\",\"avro.java.string\":\"String\"}},"
     +"{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"Kind\",\"symbols\":[\"OLD\",\"NEW\"]}},"
     +"{\"name\":\"born\",\"type\":{\"type\":\"int\",\"logicalType\":\"date\"}},{\"name\":\"seen\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}},"
     +"{\"name\":\"price\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":12,\"scale\":2}},"
     +"{\"name\":\"mark\",\"type\":{\"type\":\"fixed\",\"name\":\"Mark\",\"size\":4}},"
     +"{\"name\":\"ssn\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"note\",\"type\":[\"null\",\"long\",\"string\"]},"
     +"{\"name\":\"person\",\"type\":{\"type\":\"record\",\"name\":\"Inner\",\"fields\":[{\"name\":\"ssn\",\"type\":[\"null\",\"string\"]},{\"name\":\"number\",\"type\":\"int\"}]}},"
     +"{\"name\":\"notes\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"more\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},"
     +"{\"name\":\"next\",\"type\":[\"null\",\"Person\"],\"default\":null}]}");
    for (String codec : new String[]{"deflate","snappy","zstandard","xz","bzip2"}) {
      CodecFactory c; try { c = CodecFactory.fromString(codec); } catch (Throwable t) { System.out.println(codec+" "+t); continue; }
      File f = new File(a[0], "java-"+codec+".avro");
      try (DataFileWriter<GenericRecord> w = new DataFileWriter<>(new GenericDatumWriter<>(s))) {
        w.setCodec(c); w.setSyncInterval(512); w.create(s, f);
        for (int n=1;n<=30;n++) {
          GenericRecord r = new GenericData.Record(s);
          r.put("id",(long)n); r.put("name","Zo\u00eb "+n); r.put("kind", new GenericData.EnumSymbol(s.getField("kind").schema(), n%2==0?"OLD":"NEW"));
          r.put("born",3773+n); r.put("seen",1577934240000L+n*1000L);
          r.put("price", ByteBuffer.wrap(new BigDecimal(n).divide(new BigDecimal(4)).setScale(2).unscaledValue().toByteArray()));
          r.put("mark", new GenericData.Fixed(s.getField("mark").schema(), new byte[]{1,2,3,(byte)n}));
          r.put("ssn", n==3?ssn(891):null); r.put("note", n==7?"SSN: "+ssn(892):n%3==0?null:n%2==0?(Object)(long)n:"none");
          GenericRecord p = new GenericData.Record(s.getField("person").schema()); p.put("ssn", n==9?ssn(893):null); p.put("number",n); r.put("person",p);
          r.put("notes", Arrays.asList(n==11?"SSN "+ssn(894):"none","x")); r.put("more", Collections.singletonMap("note", n==13?"SSN "+ssn(895):"none")); r.put("next",null);
          w.append(r);
        }
      } catch (Throwable t) { System.out.println(codec+" "+t); f.delete(); }
    }
  }
}
